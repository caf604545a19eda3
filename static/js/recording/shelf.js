/**
 * Where the recording that is shown lies while the page loads anew: a file is too large for an address.
 */

const DATABASE = 'flaskscope';
const STORE = 'recordings';
const KEY = 'shown';

export class Shelf {
  #open;

  /** @param {IDBFactory} [factory] */
  constructor(factory = globalThis.indexedDB) {
    this.#open = () => /** @type {Promise<IDBDatabase>} */ (new Promise((resolve, reject) => {
      const request = factory.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    }));
  }

  /** @param {File} file @returns {Promise<void>} Rejects where storage is forbidden or full. */
  async put(file) {
    await this.#run('readwrite', (store) => store.put(file, KEY));
  }

  /** @returns {Promise<File | null>} null when there is none, or storage is forbidden. */
  async take() {
    try {
      return (await this.#run('readonly', (store) => store.get(KEY))) ?? null;
    } catch {
      return null;
    }
  }

  /** @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} act @returns {Promise<any>} */
  async #run(mode, act) {
    const database = await this.#open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE, mode);
        const request = act(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error);
      });
    } finally {
      database.close();
    }
  }
}

"""Takes the events of this process to a hub in another one."""

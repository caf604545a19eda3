"""Says what is wrong with an app's contexts, where, why, and how to mend it: from recorded events alone.

It knows nothing of where events come from (a running app, a file, another process), has no clock but theirs, and never
imports Flask.
"""

from flaskscope.doctor.doctor import Doctor
from flaskscope.doctor.finding import Finding

__all__ = ["Doctor", "Finding"]

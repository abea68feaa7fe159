"""Turn feed entries into posts, and send each one with its customer's own keys at fire time.

Time zones come from the package `tzdata`, in the version that is locked, and never from the machine. That is settled
here, since it has to be before the first zone is made.
"""

from zoneinfo import reset_tzpath

reset_tzpath(())

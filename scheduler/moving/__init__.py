"""Moving over from Ayrshare's own RSS feature: its feeds, and accounts that have to be linked anew."""

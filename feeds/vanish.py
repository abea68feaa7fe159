"""Which entries a publisher took out of a feed, and which only made room for newer ones. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

SHARE = 0.1
LEAST = 2


def taken_out(
    shown: Sequence[int], dates: Mapping[int, datetime | None], gone: Iterable[int], *, with_new: bool
) -> frozenset[int]:
    """Of the entries that are gone since the last document, those that were taken out.

    `shown` holds the ids of the last document's entries in its order, `dates` what dates they bear; `with_new` says
    that others have come in their place. Entries leave at the old end: whatever leaves while an older one stays was
    taken out. Where others came, two older ones have to stay, since one may be pinned there. Where many seem to be
    taken out at once (more than 2 and more than 10 %) something else is going on, and none counts.
    """
    gone = frozenset(gone)
    places = [place for place, entry_id in enumerate(shown) if entry_id not in gone]
    stay = [date for place in places if (date := dates.get(shown[place])) is not None]
    least = 2 if with_new else 1

    def is_out(place: int) -> bool:
        dated = dates.get(shown[place])
        if dated is None:  # nobody knows at which end such a feed is old
            return bool(places) and places[0] < place < places[-1]
        return sum(date < dated for date in stay) >= least

    out = frozenset(one for place, one in enumerate(shown) if one in gone and is_out(place))
    return out if len(out) <= max(LEAST, SHARE * len(shown)) else frozenset()

"""Which parameters of a link only say where a reader came from: the page is the same without them. Pure.

Taking out a parameter that means something breaks a link, and leaving one in costs nothing: so a name that a site may
use for its own purposes counts only with a value that gives it away.
"""

import re

_ALWAYS = re.compile(
    r"utm_\w+|(?:mtm|pk|piwik|matomo)_(?:campaign|kwd|keyword|source|medium|content|cid|group|placement)|"  # analytics
    r"_g[al]|gclsrc|gad_(?:source|campaignid)|srsltid|(?:fb|g|d|tw|tt|y|ys)clid|msclkid|[gw]braid|"  # advertising
    r"li_fat_id|sccid|rdt_cid|s_kwcid|ef_id|_openstat|wickedid|"
    r"igshid|igsh|mibextid|ref_src|__twitter_impression|"  # social networks
    r"mc_[ce]id|_hs(?:enc|mi)|__hs(?:tc|sc|fp)|hsctatracking|hsa_\w+|mkt_tok|"  # mail
    r"vero_(?:id|conv)|oly_(?:enc|anon)_id|_ke|_kx|bsft_\w+|_branch_match_id|_bta_(?:tid|c)|"
    r"at_(?:medium|campaign(?:_type)?|custom\d|link_(?:id|type|origin)|ptr_(?:name|type)|bbc_team|format)|"
    r"xtor|wt[_.]z?mc(?:_id)?|ns_(?:campaign|m?channel|source|linkname|fee)|sr_share|ftag|"
    r"guccounter|guce_referrer(?:_sig)?|soc_(?:src|trk)",  # publishers
    re.IGNORECASE,
)
_CAMPAIGN = re.compile(r"cmp(?:id)?|smid|ncid|s_cid|trk|spm|mwrsm", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+")  # an id of something: a campaign has a name
_ORIGIN = re.compile(
    r"feed|ref(?:errer)?|referer|source|src|from|via|partner|publisher|channel|origin|cid|emc|icid|ocid|maca|"
    r"traffic[_-]?source",
    re.IGNORECASE,
)
_FEED = re.compile(
    r"rss[a-z0-9]*(?:[ _-]feeds?)?|atom|feeds?|feedburner|feedly|inoreader|newsblur|newsstand", re.IGNORECASE
)
_RSS = re.compile(r"(?<![a-z0-9])rss", re.IGNORECASE)
_YES = re.compile(r"|1|true|yes", re.IGNORECASE)


def is_tracking(name: str, value: str) -> bool:
    """Whether a parameter, decoded, is there for its publisher's statistics alone.

    `utm_source`, `fbclid` and their like are, whatever their value; `cmpid`, `trk` and such unless it is a number;
    `ref`, `source`, `from` and such only where it says that the reader comes from a feed: `source=rss-1f3a`, but not
    `ref=main`.
    """
    if _ALWAYS.fullmatch(name):
        return True
    if _CAMPAIGN.fullmatch(name):
        return not _NUMBER.fullmatch(value)
    if name.lower() == "rss":
        return _YES.fullmatch(value) is not None
    if _FEED.fullmatch(value):
        return _ORIGIN.fullmatch(name) is not None
    # `ref` may also name a branch: then nothing less than the whole value will do
    return name.lower() != "ref" and _ORIGIN.fullmatch(name) is not None and _RSS.search(value) is not None

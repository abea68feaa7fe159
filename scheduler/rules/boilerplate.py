"""What publishing software adds to an entry's words: `Continue reading →`, `The post … appeared first on …`.

Only what is known to come from software goes, and only at the very end or the very beginning; an author's own
sentence stays. Sources: the feeds of WordPress with the plugin Yoast SEO in its languages, Medium, Reddit, SPIP,
Slashdot, Hacker News, IDG's sites, micro.blog and the hosts of podcasts.
"""

import regex

from scheduler.rules.text import plain

_FIRST_ON = """
    The post {} appeared first on {}.
    Der Beitrag {} erschien zuerst auf {}.
    La entrada {} se publicó primero en {}.
    La entrada {} aparece primero en {}.
    La entrada {} apareció primero en {}.
    L’article {} est apparu en premier sur {}.
    L'article {} est apparu en premier sur {}.
    Cet article {} est apparu en premier sur {}.
    L'articolo {} proviene da {}.
    L’articolo {} proviene da {}.
    L'articolo {} sembra essere il primo su {}.
    L’articolo {} sembra essere il primo su {}.
    O post {} apareceu primeiro em {}.
    O conteúdo {} aparece primeiro em {}.
    Het bericht {} verscheen eerst op {}.
    Artykuł {} pochodzi z serwisu {}.
    Inlägget {} dök först upp på {}.
    Indlægget {} blev først udgivet på {}.
    Innlegget {} dukket først opp på {}.
    Příspěvek {} se nejdříve objevil na {}.
    Сообщение {} появились сначала на {}.
    投稿 {} は {} に最初に表示されました。
"""
_LONGEST_SITE = 200
_TRAILERS = [tuple(line.strip().split("{}")) for line in _FIRST_ON.strip().splitlines()]

_INVITATIONS = """
    continue(?:\\ reading|\\ lendo)|keep\\ reading|click\\ here|learn\\ more|read\\ (?:more|on|it\\ all)|
    read\\ (?:the\\ )?(?:rest|full|whole|entire|original)(?:\\ (?:article|entry|post|story|text))?|
    (?:jetzt\\ |hier\\ )?weiterlesen|mehr\\ (?:lesen|erfahren)|zum\\ (?:artikel|beitrag)|
    lire\\ (?:la\\ suite|plus)|en\\ savoir\\ plus|
    leer\\ más|(?:seguir|sigue|continuar)\\ leyendo|leggi\\ (?:tutto|di\\ più)|continua\\ a\\ leggere|
    (?:leia|saiba|ler)\\ mais|continuar\\ (?:lendo|a\\ ler)|lees\\ (?:meer|verder)|
    läs\\ mer|læs\\ mere|les\\ mer|lue\\ lisää|czytaj\\ (?:więcej|dalej)|číst\\ (?:dál|více)|devamını\\ oku|
    читать\\ (?:далее|дальше|полностью)|подробнее|続きを読む|もっと読む|阅读(?:全文|更多)|继续阅读|더\\ 보기|계속\\ 읽기
"""
_AFTER_SENTENCE = r"(?:^|(?<=[^\p{L}\p{M}\p{N}\s,;:(–—-])\s|(?<=[…。！？\]]))"
_ARROWS = r"[\s.…:→»>↗]"
_INVITATION = regex.compile(
    rf"""(?ix)
    {_AFTER_SENTENCE} (?:more|(?:{_INVITATIONS})
        (?: \s (?:here|on|of\ this\ story\ at\ [^.!?…]{{1,40}}+|(?:on|at|in|auf|sur|en|su)\ [^\s.!?…]++) )?+ )
    {_ARROWS}*+ $
    | {_AFTER_SENTENCE} (?:{_INVITATIONS}) \b [^→»>]{{0,200}}+ (?:→|»|>>)+ \s* $
    | {_AFTER_SENTENCE} lire\ la\ suite\ -\ [^.!?…]{{1,80}}+ $
    | \s? [\[(] (?:more|{_INVITATIONS}) {_ARROWS}*+ [\])] $
    """
)
_OWN_LINE = regex.compile(
    rf"""(?ix)
    {_AFTER_SENTENCE} (?:comments|leave\ a\ (?:comment|reply)|view\ comments|(?:[∞\#¶]\s)?permalink|share
        |reply\ (?:via|by)\ e-?mail|reply\ to\ this\ post|[★☆∞¶◉§]) $
    | (?:^|\s) submitted\ by\ /?u/\S++ (?:\ to\ r/\S++)? \s \[link\] \s \[comments\] $
    | {_AFTER_SENTENCE} to\ read\ this\ (?:article|story)\ in\ full[^.!?…]{{0,80}}+ $
    | \s? \[if\ the\ formatting\ of\ this\ post\ looks\ odd\ in\ your\ feed\ reader[^\]]{{0,80}}+\] $
    """
)
_SERVICE = regex.compile(
    rf"""(?ix)
    {_AFTER_SENTENCE} (?:hosted\ on\ acast\.\ see|see\ omnystudio|learn\ more\ about\ your\ ad\ choices
        |hosted\ by\ simplecast|see\ privacy\ policy\ at|support\ this\ podcast:|this\ is\ a\ public\ episode\.\ if
        |this\ is\ a\ free\ preview\ of\ a\ paid\ episode\.) \b .{{0,250}}+ $
    | (?:^|\s) article\ url: .{{0,200}}? \#\ comments:\ \d++ $
    """
)
_LOOKED_AT = 400
"""Characters at the end of a text in which a trailer may stand."""

_MOST_TRAILERS = 4
_CUT_OFF = regex.compile(r"[\s,;:–—-]*+(?:\[\s?(?:…|\.{3})\s?\]|\(\s?(?:…|\.{3})\s?\)|(?<=\s)(?:…|\.{3}))$")
_WHOLE = regex.compile(r"[.!?…。！？][\p{Pe}\p{Pf}\"']*+$")
_SHORTCODE = regex.compile(
    r"\[(?:/?+(?:gallery|vc_\w++|et_pb_\w++|fusion_\w++|elementor-\w++)(?:\s[^\[\]]{0,500}+)?+"
    r"|/(?:caption|embed|audio|video|playlist)|(?:caption|embed|audio|video|playlist)\s[^\[\]]{0,500}+)\]"
)
_AGENCIES = "AA|ABC|AFP|ANSA|AP|APA|Bloomberg|CNN|dpa|EFE|IANS|KUNA|Kyodo|PTI|Reuters|TASS|UPI|Xinhua"
_DATELINE = regex.compile(
    rf"(?:By [^.!?]{{2,200}}? )?\p{{Lu}}[\p{{Lu}}\s.,/'’-]{{2,80}}?(?:, \p{{Lu}}\w{{2,8}}\.? \d{{1,2}})?+"
    rf" ?\((?:{_AGENCIES})\)\s?[-–—]+\s?"
)

_LEFT_OVER = regex.compile(r"(?:[-–—|:•·*]\s)++")
_CAPTION = regex.compile(
    r"<(?:figcaption\b|p\s[^<>]{0,200}?wp-caption-text)[^<>]*+>(?:[^<]++|<(?!/?(?:figcaption|p)\b))*+</(?:figcaption|p)\s*+>",
    regex.IGNORECASE,
)
_BLOCK_END = regex.compile(r"</(?:p|h[1-6]|div|li|span)\s*>|<[bh]r\b[^<>]{0,200}+>", regex.IGNORECASE)
_HEADING_WITHIN = 8_000
_MOST_BLOCKS = 20
_SEPARATED = regex.compile(r"\s(?:[|–—·•»:]|::|-)\s")
_SHORTEST_NAME = 4
_FOLLOWS_TITLE = regex.compile(r"(?:\s?[.:!?…|•]++|\s[-–—*]++|\s?[–—])(?=\s|$)\s*+|$")


def without_boilerplate(text: str, title: str, site: str) -> str:
    """One line of a summary or content without what software has put around it.

    `title` is the entry's, `site` the feed's title. What was cut off by the publisher ends in `…` alone.
    """
    text = " ".join(_SHORTCODE.sub(" ", text).split()) if "[" in text else text
    for beginning in (_LEFT_OVER, _DATELINE):
        found = beginning.match(text)
        text = text[found.end() :] if found else text
    for _ in range(_MOST_TRAILERS):
        text = _without_last(text, title, site)
    return cleanly_cut(text)


def cleanly_cut(text: str) -> str:
    """The text with `…` for any sign that it was cut off; without one after a whole sentence."""
    if not text.endswith(("]", ")", "…", "...")):
        return text
    cut = _CUT_OFF.search(text, max(len(text) - 20, 0))
    if not cut:
        return text
    whole = text[: cut.start()]
    return whole if not whole or _WHOLE.search(whole, max(len(whole) - 5, 0)) else f"{whole}…"


def without_captions(html: str) -> str:
    """HTML without what stands below its pictures, unless that is all it says."""
    kept = _CAPTION.sub(" ", html)
    return kept if kept == html or plain(kept) else html


def without_heading(html: str, title: str) -> str:
    """A summary's or content's HTML without a first block that says the entry's title once more."""
    start = 0
    for _, end in zip(range(_MOST_BLOCKS), _BLOCK_END.finditer(html, 0, _HEADING_WITHIN), strict=False):
        block = plain(html[start : end.start()])
        if block:
            return html[end.end() :] if title and block.casefold() == title.casefold() else html
        start = end.end()
    return html


def without_site(title: str, site: str) -> str:
    """`Title | Site` without the feed's own title, or a part of it that is divided off in the same way."""
    names = {name.casefold() for name in (site, *_SEPARATED.split(site)) if len(name) >= _SHORTEST_NAME}
    for mark in _SEPARATED.finditer(title, max(len(title) - _LONGEST_SITE, 0)):
        if title[mark.end() :].casefold() in names:
            return title[: mark.start()]
    return title


def without_title(summary: str, title: str) -> str:
    """The summary without the title that it begins with, where that is a sentence or a heading of its own."""
    length = len(title)
    if not title or summary[:length].casefold() != title.casefold():
        return summary
    if title[-1] in ".!?…。！？" and summary[length : length + 1].isspace():
        return summary[length:].lstrip()
    follows = _FOLLOWS_TITLE.match(summary, length)
    return summary[follows.end() :] if follows else summary


def _without_last(text: str, title: str, site: str) -> str:
    text = _without_first_on(text, title, site)
    start = max(len(text) - _LOOKED_AT, 0)
    untitled = text.removesuffix(title).rstrip()  # `Continue reading Title`
    trailer = (
        _INVITATION.search(text, start)
        or _OWN_LINE.search(text, start)
        or _SERVICE.search(text, start)
        or _INVITATION.search(untitled, start)
    )
    return text[: trailer.start()].rstrip() if trailer else text


def _without_first_on(text: str, title: str, site: str) -> str:
    for opening, middle, ending in _TRAILERS:
        between = text.rfind(middle, max(len(text) - _LONGEST_SITE, 0))
        if between < 0 or not text.endswith(ending):
            continue
        named = between - len(title) - len(opening)
        if text.startswith(opening + title, max(named, 0)) and named >= 0:
            return text[:named].rstrip()
        if text[between + len(middle) : len(text) - len(ending)].casefold() == site.casefold():
            begin = text.rfind(opening, max(between - _LOOKED_AT, 0), between)
            return text[:begin].rstrip() if begin >= 0 else text
    return text

"""Which parameters of a link go, and which mean something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.tracking import is_tracking

_NAMES = """
    utm_source utm_medium utm_campaign utm_term utm_content utm_id UTM_Source mtm_campaign pk_campaign piwik_kwd
    _ga _gl gclid gclsrc dclid gbraid wbraid gad_source srsltid msclkid twclid ttclid yclid ysclid fbclid
    igshid igsh mibextid ref_src __twitter_impression mc_cid mc_eid _hsenc _hsmi hsCtaTracking hsa_acc mkt_tok
    vero_id vero_conv oly_enc_id oly_anon_id at_medium at_campaign at_custom1 at_link_id at_ptr_name at_bbc_team
    xtor wt_mc wt_zmc wt.mc_id ns_campaign ns_mchannel ns_source sr_share guccounter guce_referrer guce_referrer_sig
    soc_src soc_trk
"""
ALWAYS = _NAMES.split()


@pytest.mark.parametrize("name", ALWAYS)
@pytest.mark.parametrize("value", ["", "rss", "1", "x-y"])
def test_a_name_that_nothing_else_has_goes_whatever_its_value(name: str, value: str) -> None:
    assert is_tracking(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ref", "rss"),
        ("Ref", "RSS"),
        ("ref", "feed"),
        ("ref", "rss_feed"),
        ("referrer", "rss"),
        ("source", "rss-b4981c59ffa5------2"),
        ("source", "atom"),
        ("src", "rss"),
        ("from", "rss"),
        ("via", "feedly"),
        ("partner", "rss"),
        ("partner", "rssnyt"),
        ("publisher", "newsstand"),
        ("emc", "rss"),
        ("icid", "rss"),
        ("cid", "public-rss_20260101"),
        ("maca", "en-rss-en-all-1573-rdf"),
        ("traffic_source", "rss"),
        ("feed", "rss2"),
        ("feed", "atom"),
        ("rss", "1"),
        ("rss", "true"),
        ("rss", ""),
        ("CMP", "share_btn_url"),
        ("cmpid", "rss1"),
        ("ncid", "rss_truncated"),
        ("smid", "tw-bna"),
        ("s_cid", "mm7245a1_w"),
        ("spm", "a2c4g.11186623.0.0"),
        ("trk", "public_post"),
    ],
)
def test_a_name_of_many_uses_goes_with_a_value_that_gives_it_away(name: str, value: str) -> None:
    assert is_tracking(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ref", "main"),
        ("ref", "rss-reader"),
        ("ref", "v2.1"),
        ("ref", ""),
        ("source", "web"),
        ("source", "atom-editor"),
        ("source", "progress"),
        ("from", "2026-01-01"),
        ("from", "Rome"),
        ("via", "points"),
        ("partner", "12"),
        ("cid", "12"),
        ("ocid", "ocds-213czf-000"),
        ("feed", "42"),
        ("rss", "17"),
        ("cmpid", "17"),
        ("trk", "9"),
        ("smid", "3"),
        ("id", "rss"),
        ("q", "rss"),
        ("title", "feed"),
        ("utm", "x"),
        ("at", "master"),
        ("medium", "oil"),
        ("p", "1"),
        ("v", "QD1b35zl1g"),
        ("DOI", "10.1111/j.1654"),
        ("page", "2"),
        ("gift", "f35zZN0v"),
        ("", ""),
    ],
)
def test_what_a_site_may_need_stays(name: str, value: str) -> None:
    assert not is_tracking(name, value)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_parameter_has_an_answer_whatever_its_case(name: str, value: str) -> None:
    assert isinstance(is_tracking(name, value), bool)
    if name.isascii() and value.isascii():
        assert is_tracking(name.upper(), value.upper()) == is_tracking(name.lower(), value.lower())

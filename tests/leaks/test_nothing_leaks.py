"""No secret is anywhere but in Vault and with those whom it is for, after each way in which something can fail."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scheduler import daemon
from scheduler.delivery import ayrshare
from tests.leaks import story
from tests.leaks.nest import Nest, make_nest
from tests.leaks.search import files, found, place


@pytest.fixture
async def nest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Nest]:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "world" / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(ayrshare, "TOTAL_TIMEOUT_S", 5.0)
    monkeypatch.setattr(daemon, "GRACE_S", 0.1)
    async with make_nest(tmp_path) as made:
        yield made


async def test_it(nest: Nest, capfd: pytest.CaptureFixture[str]) -> None:
    import time
    t=time.process_time(); w=time.monotonic()
    def mark(s): 
        import sys
        sys.__stderr__.write(f"{s}: cpu {time.process_time()-t:.1f} wall {time.monotonic()-w:.1f}\n")
    with story.everything_logged(nest.world.folder) as lines:
        async with story.at_work(nest) as parts:
            mark("start")
            await story.first_firings(nest, parts)
            mark("fired")
            from tests.world import posts_of
            Path("/tmp/posts.txt").write_text("\n".join(f"{p['customer']} {p['state']} {p['waits_for']} {p['reason']}" for p in await posts_of(parts)))
            await story.look_ups(nest, parts)
            mark("looked up")
            await story.everybodys_trouble(nest, parts)
            mark("everybody")
            pages = await story.every_page(nest, parts)
            mark(f"pages {len(pages)}")
    mark("stopped")
    print(sum(map(len,lines)))
    Path("/tmp/lines.txt").write_text("\n".join(lines))
    places = [*files(nest.world.folder), *pages, place("log", "\n".join(lines))]
    hits = found(places, nest.secrets)
    mark("searched")
    Path("/tmp/hits.txt").write_text("\n".join(hits))
    Path("/tmp/sizes.txt").write_text("\n".join(f"{p.name} {len(p.content)}" for p in places))
    assert hits == []

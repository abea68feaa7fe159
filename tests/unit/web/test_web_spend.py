"""`/api/v1/spend` says what the command says."""

from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from feeds.database import Database
from scheduler.configuration import Configuration
from scheduler.store import spend
from scheduler.web.spend_api import SpendApi
from tests.stored import NOW
from tests.unit.config_folder import Folder
from tests.unit.paying import waiting

PATH = "/api/v1/spend"


@pytest.fixture
async def client(database: Database, folder: Folder) -> AsyncIterator[httpx.AsyncClient]:
    configuration = Configuration(folder.path)
    configuration.load()
    with database.write() as session:
        spend.add(session, waiting(session, "paid"), NOW, is_certain=True)
    app = web.Application()
    app.add_routes(SpendApi(database, configuration, lambda: NOW).routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with httpx.AsyncClient(base_url=url, trust_env=False) as made:
        yield made
    await runner.cleanup()


async def test_it_shows_all_customers_or_one_over_so_many_months(client: httpx.AsyncClient) -> None:
    everybody, one = (
        (await client.get(PATH)).json(),
        (await client.get(f"{PATH}?customer=acme&months=1")).json(),
    )
    assert everybody["total"]["months"][0]["paid_usd"] == "0.200"
    assert [len(customer["months"]) for shown in (everybody, one) for customer in shown["customers"]] == [
        3,
        1,
    ]


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("?customer=nobody", 404, "knows a customer 'nobody'"),
        ("?month=3", 422, "month: unknown key; accepted here: customer, months"),
        ("?months=0", 422, "give 1 to 120"),
        ("?months=many", 422, "give 1 to 120"),
    ],
)
async def test_what_cannot_be_shown_is_said(
    client: httpx.AsyncClient, query: str, status: int, error: str
) -> None:
    answer = await client.get(PATH + query)
    assert answer.status_code == status
    assert error in answer.json()["error"]

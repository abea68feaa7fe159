"""asyncio's debug mode (`PYTHONASYNCIODEBUG=1`) logs callbacks with their arguments: no key is among them."""

import asyncio
import secrets

from pydantic import SecretStr

from scheduler.common import VaultLayout
from scheduler.customer import Customer
from scheduler.delivery.vault import Vault
from scheduler.demo.openbao import OpenBao
from scheduler.settings import Settings
from tests.contract.raw import every_log_line
from tests.leaks.search import found, place


async def test_asyncio_tells_no_key_in_its_debug_mode(openbao: OpenBao) -> None:
    values = {name: f"key-{secrets.token_hex(12)}" for name in ("x_api_key", "x_api_secret", "profile_key")}
    path = f"debug-{secrets.token_hex(8)}"
    openbao.write(path, values)
    customer = Customer(id="acme", name="Acme", timezone="UTC", vault_path=path)
    settings = Settings(vault_addr=openbao.url, vault_token=SecretStr(openbao.token))
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0  # so that it tells each
    with every_log_line() as lines:
        vault = Vault(settings, VaultLayout)
        keys = await vault.customer_keys(customer, with_x=True, why="check")
        vault.close()

    assert set(keys.values) == set(values.values())
    assert any("Call.run" in line for line in lines), "the callback that hands them over is told"
    assert found([place("log", "\n".join(lines))], values.values()) == []

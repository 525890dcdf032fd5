"""Time of one routing decision over the package's rails, and what routing by success costs through an outage.

Run: ``PYTHONPATH=src python -m bench.centres.routing [decisions]``.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

import numpy as np

from zaizao.centres.payments import Payment, Router, Tariff, read_rails

TARIFFS = {
    "hvps": Tariff((200_000, 1_000_000, 10_000_000, 50_000_000, 100_000_000), (200, 500, 1000, 1500, 2000), 20, 5_000),
    "beps": Tariff((100_000_000,), (50,)),
    "ibps": Tariff((5_000_000,), (80,)),
    **{name: Tariff((), (), 10, 1_000) for name in ("unionpay", "netsunion", "cips")},
}
MORNING = int(datetime(2026, 11, 18, 0, tzinfo=UTC).timestamp()) * 1_000_000


def main(count: int) -> None:
    """Print the figures."""
    chance = np.random.default_rng(9)
    amounts = np.minimum(chance.lognormal(11, 2.5, count), 10**11).astype(np.int64) + 1
    payments = [Payment(str(n), int(x), "a", "b", delay_cost=20) for n, x in enumerate(amounts)]
    lucks = chance.random(count).tolist()
    luck_of_rails = chance.random(count)
    step = 8 * 3_600_000_000 // count
    positions = dict.fromkeys(TARIFFS, 10**15)
    router = Router(read_rails(), TARIFFS)
    cpu = time.process_time()
    for n, payment in enumerate(payments):
        router.route(payment, MORNING + n * step, lucks[n], positions)
    cpu = time.process_time() - cpu
    print(f"{count:,} decisions over {len(read_rails())} rails: {cpu / count * 1e6:.1f} µs CPU each")
    for name, learns in (("fee only", False), ("fee + failure + delay", True)):
        router, fees, fine = Router(read_rails(), TARIFFS), 0, 0
        for n, payment in enumerate(payments):
            route = router.route(payment, MORNING + n * step, lucks[n] if learns else 1.0)
            out = route.chosen == "beps" and count * 4 // 8 <= n < count * 5 // 8  # a rail fails at noon for an hour
            succeeded = bool(luck_of_rails[n] < (0.1 if out else 0.998))
            fees += next(one.fee for one in route.ranked if one.rail == route.chosen)
            fine += succeeded
            if learns:
                router.outcome(route.chosen, succeeded)
        print(f"{name}: first attempts that succeed {fine / count:.2%}, fees {fees / count:.1f} fen each")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

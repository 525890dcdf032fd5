"""Object-centric maps: each event once, each type of object its own map, doubled and dangling references without effect."""

from __future__ import annotations

import json
from pathlib import Path

from eventlog.test_objects import DOCUMENT, written
from zaizao.eventlog import read_objects
from zaizao.mining import object_map, object_map_svg


def test_each_type_has_its_own_map_over_events_counted_once(tmp_path: Path) -> None:
    dirty = json.loads(json.dumps(DOCUMENT))
    dirty["events"][2]["relationships"] += [{"objectId": "gone", "qualifier": ""}, {"objectId": "L1", "qualifier": "y"}]
    drawn = object_map(read_objects(written(tmp_path, dirty)))
    assert drawn.events == {"submit": 2, "review batch": 1}
    loans, customers = drawn.types
    assert (loans.type, loans.objects, customers.objects) == ("贷款", 2, 1)
    assert [(a, b, n) for a, b, n, _ in loans.edges()] == [("submit", "review batch", 2)]
    assert dict(zip(loans.times.flow.activities, loans.per_event.tolist(), strict=True)) == {
        "submit": 1.0,
        "review batch": 2.0,
    }
    assert loans.most.tolist() == [1, 2]
    assert list(customers.edges()) == []


def test_the_drawing_is_well_formed_and_names_every_type(tmp_path: Path) -> None:
    from lxml import etree

    picture = object_map_svg(object_map(read_objects(written(tmp_path))))
    words = "".join(etree.fromstring(picture.encode()).itertext())
    assert all(name in words for name in ("贷款", "customer", "submit", "review batch"))

"""`nitedr topics`."""

from __future__ import annotations

from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from nitedr_ros.bags.reader import BagReader
from nitedr_ros.bags.topics import CameraTopics, find_topics
from nitedr_ros.cli.console import note, output, print_json
from nitedr_ros.cli.options import BagArgument, JsonOption
from nitedr_ros.errors import InputError


def topics(
    bag: BagArgument,
    as_json: JsonOption = False,
) -> None:
    """List a bag's topics and which of them a replay would take."""
    with BagReader(bag) as reader:
        found = reader.topics
        losses = reader.losses
        seconds = (reader.end_ns - reader.start_ns) / 1e9
    try:
        cameras, problem = find_topics(found, None, None), ''
    except InputError as error:
        cameras, problem = CameraTopics(None, None, None, None), str(error)
    roles = {topic: role for role, topic in asdict(cameras).items() if topic is not None}
    rows = [{**asdict(topic), 'role': roles.get(topic.name)} for topic in found]
    if as_json:
        print_json({'seconds': seconds, 'topics': rows, 'losses': losses, 'problem': problem})
        return
    table = Table('topic', 'type', 'messages', 'role', title=escape(f'{bag}, {seconds:.1f} s'))
    for row in rows:
        table.add_row(row['name'], row['msgtype'], str(row['count']), row['role'] or '')
    output().print(table)
    for line in [*losses, *([problem] if problem else [])]:
        note(line)

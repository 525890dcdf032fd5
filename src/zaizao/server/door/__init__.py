"""The HTTP door: REST under ``/v2`` over one engine, with bearer tokens, RFC 7807 problems and an OpenAPI page."""

from zaizao.server.door.app import create_app
from zaizao.server.door.deployments import deploy_all
from zaizao.server.door.nodes import Node
from zaizao.server.door.partitions import Partitions
from zaizao.server.door.passing import Passing
from zaizao.server.door.writer import Writer

__all__ = ["Node", "Partitions", "Passing", "Writer", "create_app", "deploy_all"]

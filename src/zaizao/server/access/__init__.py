"""Access: who asks, what they may do."""

from zaizao.server.access.gate import Asking, Gate, Principal, TokenGate, requires
from zaizao.server.access.roles import HOLDS, Permission, Role, permissions

__all__ = ["HOLDS", "Asking", "Gate", "Permission", "Principal", "Role", "TokenGate", "permissions", "requires"]

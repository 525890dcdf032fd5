"""Our own rooms' REST API under ``/api``: one router a file.

What people sign in to and administer (``access``); what the console's team works on (``logs``, ``maps``,
``initiatives``, ``library``, ``models``, ``overview``).
"""

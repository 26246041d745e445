"""Hongyan 鸿雁: a community's own messenger; its server is a postman that cannot read the letters.

Start reading at `hongyan.app`, which builds every feature in order.
"""

__version__ = "0.1.0"

"""Tests of the whole, and what the contexts' own tests share: a world to buy tickets in, and a network."""

"""The made-up film world: films, people and companies that do not exist, the same for the same seed.

Nothing is stored: a film, a day or a person is computed from `(seed, its number)` when it is asked for, and kept in
bounded caches.
"""

"""The programme: sessions, seats, presenters, feedback. Its rooms are built with that capability."""

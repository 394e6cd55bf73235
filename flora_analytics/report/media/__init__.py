"""How a report looks: one `Content` in, and out comes HTML, PDF, Markdown, a mail or a message.

Nothing is computed or chosen here; every text that a user could have written is escaped here,
each medium in its own way.
"""

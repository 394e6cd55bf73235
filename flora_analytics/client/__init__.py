"""Ask the FLORA API: a question in, the bytes of one whole, genuine 200 answer out.

- `flora_client`: the routes, one request at a time, its retries and its limits
- `failure`: is another attempt worth it, how long to wait, what to say
- `origin`: where the key may travel
"""

from flora_analytics.client.flora_client import Answer, FloraClient

__all__ = ["Answer", "FloraClient"]

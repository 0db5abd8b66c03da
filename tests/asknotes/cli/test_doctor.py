"""What `asknotes doctor` says of an embedding endpoint."""

from pathlib import Path

from fake_endpoint import fake_endpoint, refusal, whole

from asknotes.cli.doctor import checks
from ingest.config import Settings


def test_the_doctor_asks_an_embedding_endpoint(tmp_path: Path) -> None:
    with fake_endpoint(whole({"data": [{"index": 0, "embedding": [3, 4]}]}), refusal("401 Unauthorized")) as endpoint:
        settings = Settings(
            embedding_url=endpoint.base_url, embedding_model="m", llm="none", corpus=tmp_path, index=tmp_path
        )
        rows = [next(row for row in checks(settings) if row.name == "embedding model") for _ in range(2)]
    assert rows[0].state == "ok" and "m at 127.0.0.1:" in str(rows[0].says) and "2 numbers" in str(rows[0].says)
    assert rows[1].state == "fault" and "ASKNOTES_EMBEDDING_KEY" in str(rows[1].says)

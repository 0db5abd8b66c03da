PRAGMA user_version = 0;
BEGIN TRANSACTION;
CREATE TABLE gap (
    question TEXT PRIMARY KEY, asked TEXT NOT NULL, times INTEGER NOT NULL, nearest TEXT NOT NULL,
    checked TEXT NOT NULL, closed TEXT NOT NULL DEFAULT '', closed_by TEXT NOT NULL DEFAULT ''
);
INSERT INTO "gap" VALUES('谁发明的？','2026-11-26T23:58:50.023194+00:00',1,'["\u7532 > \u91cf\u5316 (\u7532.md:2-2)"]','gen-2','','');
INSERT INTO "gap" VALUES('缓存多贵？','2026-11-26T23:58:50.036607+00:00',1,'["\u7532 > \u91cf\u5316 (\u7532.md:2-2)"]','gen-2','2026-11-26T23:58:50.063319+00:00','甲 > 量化 (甲.md:2-2)');
COMMIT;

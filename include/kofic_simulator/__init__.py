"""An HTTP server with the interface of the KOFIC (KOBIS) open API, for `make demo` and for tests.

It serves either a made-up film world (deterministic in its seed) or recorded replies. It imports neither Airflow nor
`include.kofic`, so that it can contradict the client. Every date and clock in it is Asia/Seoul (KST, UTC+9).
"""

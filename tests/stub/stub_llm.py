#!/usr/bin/env python3
"""A tiny OpenAI-compatible server with controlled behaviour (standard library only).

It answers ``/v1/chat/completions`` (plain, streamed, JSON mode, strict JSON schema, tools),
``/v1/responses``, ``/v1/embeddings``, ``/v1/files`` + ``/v1/batches`` and ``/v1/models``, so that an
LLM pipeline can be timed, broken and scored without a model.  For a request that asks for JSON it
plays an *oracle with controlled errors*: it finds the trigger sentences in the document part of the
prompt and returns them as quotes, some of them altered on purpose.

    python stub_llm.py --port 8900 --latency 0.5 --log calls.jsonl
    OPENAI_BASE_URL=http://127.0.0.1:8900/v1 OPENAI_API_KEY=x python my_product.py

Faults, by chance (seeded by prompt and attempt, so a retry may pass) or by pattern:

    --p429 .05 --p500 .02 --phang .01 --pmalformed .02 --ptruncate .01 --prefusal .01
    --fault 'CHUNK-17=429:2'      # the first 2 calls whose prompt matches get a 429
    --fault 'CHUNK-18=malformed'  # every call that matches

Limits, as a real account has them:  --rpm 500 --tpm 200000 --max-inflight 64
GET /stats gives counters; POST /reset clears them; every request is one JSONL row in --log.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import importlib.util
import json
import random
import re
import struct
import time
import uuid
from collections import deque
from typing import Any

DOC_REGEX = r"(?s)(?:<document[^>]*>(.*?)</document>|Q: (?!.*\nQ: )(.*?)\nA: *$)"
TRIGGERS = r"(?i)\b(seats?|licen[cs]es?|renewal|budget|upgrade|expand|rollout|SSO|audit log|rate limit)\b"
QUOTE_FIELDS = "quote,verbatim,extraction_text,evidence_quote,signal,text_span"
ID_REGEX = r"\b(?:sig|ev|S|E)[-_]?\d+\b"


def est_tokens(text: str) -> int:
    """Rough token count: 4 characters to a token, as for English prose."""
    return (len(text) + 3) // 4


def prompt_text(body: dict[str, Any]) -> str:
    """All text of a chat or responses request, in order (also what a prompt cache would see)."""
    out: list[str] = []
    for tool in body.get("tools") or []:
        out.append(json.dumps(tool, sort_keys=True))
    fmt = body.get("response_format") or (body.get("text") or {}).get("format")
    if fmt:
        out.append(json.dumps(fmt, sort_keys=True))
    if isinstance(body.get("instructions"), str):
        out.append(body["instructions"])
    messages = body.get("messages")
    if messages is None:
        inp = body.get("input", "")
        messages = [{"role": "user", "content": inp}] if isinstance(inp, str) else inp
    for m in messages or []:
        content = m.get("content") if isinstance(m, dict) else None
        if isinstance(content, str):
            out.append(content)
        elif isinstance(content, list):
            out.extend(p.get("text", "") for p in content if isinstance(p, dict))
    return "\n".join(out)


def last_user_text(body: dict[str, Any]) -> str:
    messages = body.get("messages")
    if messages is None:
        inp = body.get("input", "")
        messages = [{"role": "user", "content": inp}] if isinstance(inp, str) else inp
    for m in reversed(messages or []):
        if isinstance(m, dict) and m.get("role") == "user":
            c = m.get("content")
            return c if isinstance(c, str) else "\n".join(p.get("text", "") for p in c or [])
    return ""


# --------------------------------------------------------------------------- the oracle
class Oracle:
    """Fills any JSON schema from the trigger sentences found in the prompt's document."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.doc_re = re.compile(args.doc_regex)
        self.trig = re.compile(args.triggers)
        self.ids = re.compile(args.id_regex)
        self.quote_fields = set(args.quote_fields.split(","))
        self.defs: dict[str, Any] = {}

    def document(self, text: str) -> str:
        found = list(self.doc_re.finditer(text))
        if not found:
            return text
        m = found[-1]
        return next((g for g in m.groups() if g), "")

    def quotes(self, doc: str) -> list[str]:
        """Trigger sentences, verbatim except for the shares that --hallucinate and co. alter."""
        found: list[str] = []
        for m in re.finditer(r"[^.!?\n]*[.!?]?", doc):
            s = m.group().strip()
            s = re.sub(r"^\[[^\]]*\]\s*[^:]{0,40}:\s*", "", s)  # "[00:12] Name: "
            if len(s) > 20 and self.trig.search(s):
                found.append(s)
        if not found:
            return []
        out = []
        for s in found:
            rng = random.Random(f"{self.args.seed}|{s}")
            r = rng.random()
            a = self.args
            if r < a.miss:
                continue
            if r < a.miss + a.hallucinate:
                out.append("Our board has already signed off on doubling the contract next quarter.")
            elif r < a.miss + a.hallucinate + a.paraphrase:
                w = s.split()
                out.append(" ".join(["They", "said", "that", *w[:3], "really", *w[3:]]))
            elif r < a.miss + a.hallucinate + a.paraphrase + a.negate:
                w = s.split()
                out.append(" ".join([*w[:2], "not", *w[2:]]))
            else:
                out.append(s)
        return out

    def reply(self, body: dict[str, Any], schema: dict[str, Any] | None) -> Any:
        text = last_user_text(body)
        quotes = self.quotes(self.document(text))
        if schema is None:
            return {"extractions": [{"signal": q, "signal_attributes": {"kind": "expansion"}} for q in quotes]}
        self.defs = {**schema.get("$defs", {}), **schema.get("definitions", {})}
        return self.fill(schema, "", quotes, None, self.ids.findall(text))

    def fill(self, s: dict[str, Any], name: str, quotes: list[str], q: str | None, ids: list[str]) -> Any:
        if "$ref" in s:
            s = self.defs[s["$ref"].rsplit("/", 1)[1]]
        if "const" in s:
            return s["const"]
        if "enum" in s:
            return s["enum"][len(q or name) % len(s["enum"])]
        for key in ("anyOf", "oneOf"):
            if key in s:
                opts = [o for o in s[key] if o.get("type") != "null"] or s[key]
                return self.fill(opts[0], name, quotes, q, ids)
        t = s.get("type")
        t = next((x for x in t if x != "null"), t[0]) if isinstance(t, list) else t
        if t == "object" or "properties" in s:
            return {k: self.fill(v, k, quotes, q, ids) for k, v in s.get("properties", {}).items()}
        if t == "array":
            items = s.get("items", {"type": "string"})
            target = self.defs[items["$ref"].rsplit("/", 1)[1]] if "$ref" in items else items
            if target.get("type") == "string" or "enum" in target:
                if name.endswith("ids") or name == "citations":
                    return list(dict.fromkeys(ids))[:3]
                return [self.fill(items, name, quotes, q, ids)]
            if self.holds_quote(target):
                return [self.fill(items, name, quotes, one, ids) for one in quotes]
            return [self.fill(items, name, quotes, q, ids)]
        if t == "string":
            if name in self.quote_fields:
                return q if q is not None else (quotes[0] if quotes else "")
            if name.endswith("_id") and ids:
                return ids[0]
            return f"stub {name}"
        if t == "integer":
            return 1
        if t == "number":
            return 0.8
        if t == "boolean":
            return True
        return None

    def holds_quote(self, s: dict[str, Any], depth: int = 0) -> bool:
        if "$ref" in s:
            s = self.defs.get(s["$ref"].rsplit("/", 1)[1], {})
        if depth > 6:
            return False
        if self.quote_fields & set(s.get("properties", {})):
            return True
        subs = list(s.get("properties", {}).values()) + s.get("anyOf", []) + s.get("oneOf", [])
        return any(self.holds_quote(x, depth + 1) for x in subs)


# --------------------------------------------------------------------------- the server
class Stub:
    def __init__(self, args: argparse.Namespace) -> None:
        self.a = args
        self.oracle = Oracle(args)
        self.script = None
        if args.reply != "auto":
            spec = importlib.util.spec_from_file_location("stub_reply", args.reply)
            assert spec
            assert spec.loader
            self.script = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(self.script)
        self.faults: list[list[Any]] = []
        for f in args.fault:
            pat, kind = f.rsplit("=", 1)
            kind, _, n = kind.partition(":")
            self.faults.append([re.compile(pat), kind, int(n) if n else -1])
        self.log = open(args.log, "a", buffering=1) if args.log else None  # noqa: SIM115 - open as long as the server is
        self.files: dict[str, tuple[str, bytes]] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.reset()

    def reset(self) -> None:
        self.seq = self.inflight = self.peak = 0
        self.prefixes: list[str] = []
        self.attempts: dict[str, int] = {}
        self.window: deque[tuple[float, int]] = deque()
        self.stats: dict[str, Any] = {
            "requests": 0,
            "ok": 0,
            "status": {},
            "faults": {},
            "prompt_tokens": 0,
            "cached_tokens": 0,
            "completion_tokens": 0,
            "prompt_chars": 0,
            "unique_prompts": 0,
        }

    def pick_fault(self, text: str, key: str) -> str | None:
        for f in self.faults:
            if f[2] != 0 and f[0].search(text):
                if f[2] > 0:
                    f[2] -= 1
                return f[1]
        n = self.attempts.get(key, 0)
        r = random.Random(f"{self.a.seed}|{key}|{n}").random()
        for kind, p in (
            ("429", self.a.p429),
            ("500", self.a.p500),
            ("hang", self.a.phang),
            ("malformed", self.a.pmalformed),
            ("truncate", self.a.ptruncate),
            ("refusal", self.a.prefusal),
        ):
            if r < p:
                return kind
            r -= p
        return None

    def over_limit(self, tokens: int) -> bool:
        now = time.monotonic()
        while self.window and now - self.window[0][0] > 60:
            self.window.popleft()
        rpm, tpm = len(self.window), sum(t for _, t in self.window)
        if (self.a.rpm and rpm >= self.a.rpm) or (self.a.tpm and tpm + tokens > self.a.tpm):
            return True
        if self.a.max_inflight and self.inflight > self.a.max_inflight:
            return True
        self.window.append((now, tokens))
        return False

    def cached(self, text: str) -> int:
        """Tokens an automatic prefix cache would have served (>= 1024, in steps of 128)."""
        best = 0
        for p in self.prefixes[-400:]:
            n = 0
            step = 512
            m = min(len(p), len(text))
            while n < m and p[n : n + step] == text[n : n + step]:
                n += step
            best = max(best, min(n, m))
        self.prefixes.append(text)
        tok = best // 4
        return 0 if tok < self.a.cache_min else tok // 128 * 128

    async def chat(self, body: dict[str, Any], hdr: dict[str, str], path: str, batch: bool = False, gone: Any = lambda: False):
        """Returns (status, payload, headers, row) for one generation request."""
        t0 = time.time()
        self.seq += 1
        seq = self.seq
        text = prompt_text(body)
        ptok = est_tokens(text)
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        row: dict[str, Any] = {
            "seq": seq,
            "t": round(t0, 4),
            "path": path,
            "model": body.get("model"),
            "key": key,
            "prompt_chars": len(text),
            "prompt_tokens": ptok,
            "inflight": self.inflight,
            "batch": batch,
            "retry": hdr.get("x-stainless-retry-count"),
            "attempt": self.attempts.get(key, 0),
            "has_schema": bool(self.schema_of(body)[0]),
            "max_tokens": body.get("max_tokens") or body.get("max_completion_tokens") or body.get("max_output_tokens"),
        }
        if self.a.log_bodies:
            row["body"] = body
        st = self.stats
        st["requests"] += 1
        st["prompt_chars"] += len(text)
        fault = self.pick_fault(text, key)
        if key not in self.attempts:
            st["unique_prompts"] += 1
        self.attempts[key] = self.attempts.get(key, 0) + 1
        headers = {"x-request-id": f"req_{seq}"}
        if not batch and fault not in ("429",) and self.over_limit(ptok):
            fault = "429"
        row["fault"] = fault
        if fault:
            st["faults"][fault] = st["faults"].get(fault, 0) + 1
        if fault == "429":
            await asyncio.sleep(self.a.error_latency)
            headers |= {"retry-after": str(self.a.retry_after), "x-ratelimit-remaining-requests": "0"}
            return 429, err("Rate limit reached", "rate_limit_exceeded"), headers, row
        if fault == "500":
            await asyncio.sleep(self.a.error_latency)
            return 500, err("The server had an error", "server_error"), headers, row
        if fault == "400":
            return 400, err("Invalid schema", "invalid_request_error"), headers, row
        if fault == "hang":
            end = time.monotonic() + self.a.hang
            while time.monotonic() < end and not gone():
                await asyncio.sleep(0.05)
            row["client_gone"] = gone()
            return 504, err("hang over", "timeout"), headers, row
        if not batch:
            lat = self.a.latency + (random.Random(f"{self.a.seed}{seq}").uniform(0, self.a.jitter))
            m = re.search(self.a.slow, text) if self.a.slow else None
            await asyncio.sleep(self.a.slow_latency if m else lat)
        schema, tool = self.schema_of(body)
        wants_json = schema is not None or "json" in json.dumps(body.get("response_format") or {})
        if self.script is not None:
            out = self.script.reply(body, schema)
        else:
            out = self.oracle.reply(body, schema) if wants_json else self.a.text
        content = out if isinstance(out, str) else json.dumps(out, ensure_ascii=False)
        finish, refusal = "stop", None
        if fault == "malformed":
            content = content[: max(1, len(content) - 7)] + ' ,,"oops'
        elif fault == "truncate":
            content, finish = content[: len(content) // 2], "length"
        elif fault == "refusal":
            content, refusal = None, "I can't help with that."
        elif fault == "empty":
            content = ""
        elif fault == "badschema":
            content = '{"unexpected": true}'
        ctok = est_tokens(content or "")
        if self.a.token_latency and not batch:
            await asyncio.sleep(self.a.token_latency * ctok)
        cached = self.cached(text)
        row |= {"cached_tokens": cached, "completion_tokens": ctok, "finish": finish}
        st["ok"] += 1
        st["prompt_tokens"] += ptok
        st["cached_tokens"] += cached
        st["completion_tokens"] += ctok
        if path.endswith("/responses"):
            payload = self.responses_payload(body, content, refusal, ptok, ctok, cached, seq)
        else:
            payload = self.chat_payload(body, content, refusal, finish, tool, ptok, ctok, cached, seq)
        return 200, payload, headers, row

    @staticmethod
    def schema_of(body: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
        rf = body.get("response_format") or {}
        if rf.get("type") == "json_schema":
            return rf["json_schema"].get("schema"), None
        tf = (body.get("text") or {}).get("format") or {}
        if tf.get("type") == "json_schema":
            return tf.get("schema"), None
        for t in body.get("tools") or []:
            fn = t.get("function", t)
            if t.get("type") == "function":
                return fn.get("parameters"), fn.get("name")
        return None, None

    @staticmethod
    def chat_payload(body, content, refusal, finish, tool, ptok, ctok, cached, seq):
        msg: dict[str, Any] = {"role": "assistant", "content": content, "refusal": refusal}
        if tool and content is not None:
            msg = {
                "role": "assistant",
                "content": None,
                "refusal": None,
                "tool_calls": [{"id": f"call_{seq}", "type": "function", "function": {"name": tool, "arguments": content}}],
            }
            finish = "tool_calls" if finish == "stop" else finish
        return {
            "id": f"chatcmpl-stub{seq}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": body.get("model", "stub"),
            "system_fingerprint": "fp_stub",
            "choices": [
                {"index": i, "message": msg, "finish_reason": finish, "logprobs": None} for i in range(body.get("n") or 1)
            ],
            "usage": {
                "prompt_tokens": ptok,
                "completion_tokens": ctok,
                "total_tokens": ptok + ctok,
                "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
            },
        }

    @staticmethod
    def responses_payload(body, content, refusal, ptok, ctok, cached, seq):
        part = (
            {"type": "refusal", "refusal": refusal}
            if refusal
            else {"type": "output_text", "text": content or "", "annotations": []}
        )
        return {
            "id": f"resp_stub{seq}",
            "object": "response",
            "created_at": int(time.time()),
            "status": "completed",
            "model": body.get("model", "stub"),
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "metadata": {},
            "parallel_tool_calls": True,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "output": [{"type": "message", "id": f"msg_{seq}", "status": "completed", "role": "assistant", "content": [part]}],
            "usage": {
                "input_tokens": ptok,
                "input_tokens_details": {"cached_tokens": cached},
                "output_tokens": ctok,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": ptok + ctok,
            },
        }

    def embed(self, body: dict[str, Any]) -> dict[str, Any]:
        inputs = body.get("input", "")
        if isinstance(inputs, str) or (inputs and isinstance(inputs[0], int)):
            inputs = [inputs]
        dim = body.get("dimensions") or self.a.dim
        data, tok = [], 0
        for i, x in enumerate(inputs):
            text = x if isinstance(x, str) else " ".join(map(str, x))
            tok += est_tokens(text)
            vec = [0.0] * dim  # hashed bag of words: texts that share words are near
            for w in re.findall(r"\w+", text.lower()):
                h = int.from_bytes(hashlib.md5(w.encode()).digest()[:4], "little")
                vec[h % dim] += 1.0
            norm = sum(v * v for v in vec) ** 0.5 or 1.0
            vec = [v / norm for v in vec]
            emb: Any = vec
            if body.get("encoding_format") == "base64":
                emb = base64.b64encode(struct.pack(f"<{dim}f", *vec)).decode()
            data.append({"object": "embedding", "index": i, "embedding": emb})
        return {
            "object": "list",
            "data": data,
            "model": body.get("model", "stub"),
            "usage": {"prompt_tokens": tok, "total_tokens": tok},
        }

    # ---- files and batches
    async def run_batch(self, bid: str) -> None:
        b = self.batches[bid]
        await asyncio.sleep(self.a.batch_delay)
        if b["status"] == "cancelling":
            b["status"] = "cancelled"
            return
        b["status"] = "in_progress"
        out, bad = [], []
        for line in self.files[b["input_file_id"]][1].decode().splitlines():
            if not line.strip():
                continue
            req = json.loads(line)
            if req["url"].endswith("/embeddings"):
                status, payload = 200, self.embed(req["body"])
            else:
                status, payload, _, row = await self.chat(req["body"], {}, req["url"], batch=True)
                self.write(row | {"status": status, "custom_id": req["custom_id"]})
            rec = {
                "id": f"batch_req_{uuid.uuid4().hex[:8]}",
                "custom_id": req["custom_id"],
                "error": None,
                "response": {"status_code": status, "request_id": "r", "body": payload},
            }
            (out if status == 200 else bad).append(json.dumps(rec))
        if self.a.batch_shuffle:
            random.Random(self.a.seed).shuffle(out)  # the real API does not keep the order
        for rows, key in ((out, "output_file_id"), (bad, "error_file_id")):
            if rows:
                fid = f"file-{uuid.uuid4().hex[:10]}"
                self.files[fid] = ("out.jsonl", "\n".join(rows).encode())
                b[key] = fid
        b["request_counts"] = {"total": len(out) + len(bad), "completed": len(out), "failed": len(bad)}
        b["status"], b["completed_at"] = "completed", int(time.time())

    def new_batch(self, body: dict[str, Any]) -> dict[str, Any]:
        bid = f"batch_{uuid.uuid4().hex[:10]}"
        self.batches[bid] = {
            "id": bid,
            "object": "batch",
            "endpoint": body["endpoint"],
            "errors": None,
            "input_file_id": body["input_file_id"],
            "completion_window": body["completion_window"],
            "status": "validating",
            "output_file_id": None,
            "error_file_id": None,
            "created_at": int(time.time()),
            "metadata": body.get("metadata"),
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
        }
        asyncio.get_running_loop().create_task(self.run_batch(bid))
        return self.batches[bid]

    def write(self, row: dict[str, Any]) -> None:
        st = self.stats["status"]
        st[str(row.get("status"))] = st.get(str(row.get("status")), 0) + 1
        if self.log:
            self.log.write(json.dumps(row) + "\n")

    # ---- HTTP
    async def handle(self, r: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
        try:
            while True:
                line = await r.readline()
                if not line.strip():
                    break
                method, path, _ = line.decode().split(" ", 2)
                path = path.split("?", 1)[0]
                hdr: dict[str, str] = {}
                while h := (await r.readline()).decode().strip():
                    k, _, v = h.partition(":")
                    hdr[k.lower()] = v.strip()
                raw = await r.readexactly(int(hdr.get("content-length") or 0))
                await self.route(method, path, hdr, raw, w, r.at_eof)
                if hdr.get("connection", "").lower() == "close":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            w.close()

    async def route(self, method: str, path: str, hdr: dict[str, str], raw: bytes, w, gone=lambda: False) -> None:
        if path == "/stats":
            return await send(w, 200, self.stats | {"inflight": self.inflight, "peak_inflight": self.peak})
        if path == "/reset":
            self.reset()
            return await send(w, 200, {})
        if path in ("/health", "/v1/models"):
            return await send(
                w, 200, {"object": "list", "data": [{"id": "stub", "object": "model", "created": 0, "owned_by": "stub"}]}
            )
        if path == "/v1/files" and method == "POST":
            m = re.search(rb'name="file".*?\r\n\r\n(.*?)\r\n--' + boundary(hdr), raw, re.S)
            fid = f"file-{uuid.uuid4().hex[:10]}"
            self.files[fid] = ("input.jsonl", m.group(1) if m else b"")
            return await send(w, 200, self.file_obj(fid))
        if m := re.fullmatch(r"/v1/files/([\w-]+)(/content)?", path):
            if m[1] not in self.files:
                return await send(w, 404, err("no such file", "not_found"))
            if m[2]:
                return await send(w, 200, self.files[m[1]][1], ctype="application/octet-stream")
            if method == "DELETE":
                self.files.pop(m[1])
                return await send(w, 200, {"id": m[1], "object": "file", "deleted": True})
            return await send(w, 200, self.file_obj(m[1]))
        if path == "/v1/batches" and method == "GET":
            return await send(w, 200, {"object": "list", "data": list(self.batches.values()), "has_more": False})
        if m := re.fullmatch(r"/v1/batches/(\w+)(/cancel)?", path):
            b = self.batches.get(m[1])
            if b and m[2]:
                b["status"] = "cancelling"
            return await send(w, 200 if b else 404, b or err("no such batch", "not_found"))
        try:
            body = json.loads(raw or b"{}")
        except json.JSONDecodeError:
            return await send(w, 400, err("bad JSON", "invalid_request_error"))
        if path == "/v1/batches":
            return await send(w, 200, self.new_batch(body))
        self.inflight += 1
        self.peak = max(self.peak, self.inflight)
        t0 = time.time()
        row: dict[str, Any] = {"path": path, "t": t0}
        try:
            if path == "/v1/embeddings":
                self.seq += 1
                n = 1 if isinstance(body.get("input"), str) else len(body.get("input") or [])
                row |= {"seq": self.seq, "n_inputs": n, "model": body.get("model"), "retry": hdr.get("x-stainless-retry-count")}
                self.stats["requests"] += 1
                await asyncio.sleep(self.a.embed_latency)
                payload = self.embed(body)
                row |= {"status": 200, "prompt_tokens": payload["usage"]["prompt_tokens"]}
                await send(w, 200, payload)
            elif path in ("/v1/chat/completions", "/v1/responses"):
                status, payload, headers, row = await self.chat(body, hdr, path, gone=gone)
                row["status"] = status
                if status == 200 and body.get("stream") and path.endswith("completions"):
                    await stream(w, payload, body)
                else:
                    await send(w, status, payload, headers)
            else:
                row["status"] = 404
                await send(w, 404, err(f"no route {path}", "not_found"))
        except ConnectionError:
            row["status"] = "client_gone"
        finally:
            self.inflight -= 1
            row["wall"] = round(time.time() - t0, 4)
            row.setdefault("status", "aborted")
            self.write(row)

    def file_obj(self, fid: str) -> dict[str, Any]:
        name, data = self.files[fid]
        return {
            "id": fid,
            "object": "file",
            "bytes": len(data),
            "created_at": int(time.time()),
            "filename": name,
            "purpose": "batch",
            "status": "processed",
        }


def err(message: str, kind: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": kind}}


def boundary(hdr: dict[str, str]) -> bytes:
    m = re.search(r"boundary=([^;]+)", hdr.get("content-type", ""))
    return re.escape(m[1].strip('"').encode()) if m else b""


async def send(w, status: int, payload: Any, headers: dict[str, str] | None = None, ctype: str = "application/json") -> None:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    head = [f"HTTP/1.1 {status} X", f"content-type: {ctype}", f"content-length: {len(data)}"]
    head += [f"{k}: {v}" for k, v in (headers or {}).items()]
    w.write("\r\n".join(head).encode() + b"\r\n\r\n" + data)
    await w.drain()


async def stream(w, payload: dict[str, Any], body: dict[str, Any]) -> None:
    base = {k: payload[k] for k in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    msg = payload["choices"][0]["message"]
    w.write(b"HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
    text = msg.get("content") or ""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": text[i : i + 40]} for i in range(0, len(text), 40)]
    for tc in msg.get("tool_calls") or []:
        deltas.append({"tool_calls": [{"index": 0, **tc}]})
    for d in deltas:
        ev = base | {"choices": [{"index": 0, "delta": d, "finish_reason": None}]}
        w.write(b"data: " + json.dumps(ev).encode() + b"\n\n")
    fin = base | {"choices": [{"index": 0, "delta": {}, "finish_reason": payload["choices"][0]["finish_reason"]}]}
    w.write(b"data: " + json.dumps(fin).encode() + b"\n\n")
    if (body.get("stream_options") or {}).get("include_usage"):
        w.write(b"data: " + json.dumps(base | {"choices": [], "usage": payload["usage"]}).encode() + b"\n\n")
    w.write(b"data: [DONE]\n\n")
    await w.drain()
    w.close()


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--port", type=int, default=8900)
    p.add_argument("--log", help="append one JSON row a request here")
    p.add_argument("--log-bodies", action="store_true")
    p.add_argument("--latency", type=float, default=0.5, help="seconds a generation takes")
    p.add_argument("--jitter", type=float, default=0.0, help="uniform extra, 0..JITTER seconds")
    p.add_argument("--token-latency", type=float, default=0.0, help="seconds an output token")
    p.add_argument("--slow", help="regex; a prompt that matches takes --slow-latency")
    p.add_argument("--slow-latency", type=float, default=5.0)
    p.add_argument("--embed-latency", type=float, default=0.05)
    p.add_argument("--error-latency", type=float, default=0.02)
    for k in ("429", "500", "hang", "malformed", "truncate", "refusal"):
        p.add_argument(f"--p{k}", type=float, default=0.0)
    p.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="REGEX=KIND[:N]",
        help="kinds: 429 500 400 hang malformed truncate refusal empty badschema",
    )
    p.add_argument("--hang", type=float, default=3600.0)
    p.add_argument("--retry-after", default="1")
    p.add_argument("--rpm", type=int, default=0)
    p.add_argument("--tpm", type=int, default=0)
    p.add_argument("--max-inflight", type=int, default=0)
    p.add_argument("--cache-min", type=int, default=1024)
    p.add_argument("--batch-delay", type=float, default=1.0)
    p.add_argument("--batch-shuffle", action="store_true")
    p.add_argument("--dim", type=int, default=256)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--text", default="Stub answer.")
    p.add_argument("--reply", default="auto", help="auto, or a .py file with reply(body, schema)")
    p.add_argument("--doc-regex", default=DOC_REGEX)
    p.add_argument("--triggers", default=TRIGGERS)
    p.add_argument("--quote-fields", default=QUOTE_FIELDS)
    p.add_argument("--id-regex", default=ID_REGEX)
    for k in ("hallucinate", "paraphrase", "negate", "miss"):
        p.add_argument(f"--{k}", type=float, default=0.0, help="share of quotes so treated")
    return p


async def main() -> None:
    args = parser().parse_args()
    stub = Stub(args)
    server = await asyncio.start_server(stub.handle, args.host, args.port, limit=2**24, backlog=1024)
    print(f"stub_llm on http://{args.host}:{args.port}/v1", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())

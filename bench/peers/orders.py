"""The peer of row B6: the same service with FastAPI, pydantic and confluent-kafka."""

import asyncio
import os
import threading
from contextlib import asynccontextmanager
from decimal import Decimal

from confluent_kafka import KafkaException, Producer
from fastapi import FastAPI, Response
from pydantic import BaseModel, Field


class OrderLine(BaseModel):
    sku: str
    quantity: int
    price: Decimal


class Order(BaseModel):
    order_id: str
    customer: str
    email: str
    lines: list[OrderLine] = Field(min_length=1)


producer = Producer({"bootstrap.servers": os.environ["BOOTSTRAP"], "acks": "all", "linger.ms": 1})


@asynccontextmanager
async def polling(_):
    stop = threading.Event()

    def poll():
        while not stop.is_set():
            producer.poll(0.1)

    thread = threading.Thread(target=poll)
    thread.start()
    yield
    stop.set()
    thread.join()
    producer.flush()


app = FastAPI(lifespan=polling)


@app.post("/orders", status_code=202)
async def place(order: Order):
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def delivered(error, _):
        loop.call_soon_threadsafe(
            done.set_exception if error else done.set_result,
            KafkaException(error) if error else None)

    producer.produce("bench-orders", order.model_dump_json().encode(), order.customer,
                     on_delivery=delivered)
    await done
    return Response(status_code=202)

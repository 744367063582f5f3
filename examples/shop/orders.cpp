// orders: takes orders over HTTP and answers 202 once they lie safely in the topic `orders`.
#include <leat/leat.hpp>

#include "events.hpp"

int main(int argc, char** argv) {
    leat::app app{"orders", argc, argv};
    app.topic("orders", {.partitions = 12});
    app.post<shop::OrderPlaced>("/orders").publish("orders");
    return app.run();
}

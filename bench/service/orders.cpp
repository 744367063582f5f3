// The service of row B6: an order is answered with 202 once it lies safely in the topic.
#include <leat/leat.hpp>

struct OrderLine {
    std::string sku;
    int quantity = 0;
    leat::decimal price;
};

struct Order {
    std::string order_id;
    std::string customer;
    std::string email;
    std::vector<OrderLine> lines;

    const std::string& key() const { return customer; }
    std::optional<leat::violation> validate() const {
        if (lines.empty()) return leat::violation{"/lines", "must not be empty"};
        return std::nullopt;
    }
};

int main(int argc, char** argv) {
    leat::app app{"bench-orders", argc, argv};
    app.topic("bench-orders", {.partitions = 12});
    app.post<Order>("/orders").publish("bench-orders");
    return app.run();
}

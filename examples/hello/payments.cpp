#include <leat/leat.hpp>

struct Order { std::string id, customer; leat::decimal amount; };
struct Payment { std::string order_id; leat::decimal amount; };

leat::outcome<Payment> charge(const Order& order) {
    if (order.amount == leat::decimal{"0.00"}) return leat::reject("nothing to charge");
    return Payment{order.id, order.amount};
}

int main(int argc, char** argv) {
    leat::app app{"payments", argc, argv};
    app.on<Order>("orders", charge).to("payments");
    return app.run();
}

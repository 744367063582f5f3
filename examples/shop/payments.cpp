// payments: has the bank charge every order and tells who has paid; what the bank refuses goes to
// the dead-letter topic with the bank's own words.
#include <leat/leat.hpp>

#include "events.hpp"

using namespace std::chrono_literals;

namespace {

struct Problem {  // RFC 9457: how HTTP services say what is wrong
    std::string detail;
};

std::string bank;

// A coroutine: while the bank thinks, the charges of other customers go on.
leat::task<leat::outcome<shop::OrderPaid>> charge(const shop::OrderPlaced& order,
                                                  leat::context& ctx) {
    const shop::Charge wanted{order.order_id, order.amount};
    const auto reply = co_await ctx.http().post(
        bank + "/charges", wanted, leat::call_options{2s, std::to_string(order.order_id)});
    if (reply.status == 422) co_return leat::reject(reply.json<Problem>().detail);
    if (!reply.ok()) co_return leat::retry("the bank answered " + std::to_string(reply.status));
    co_return shop::OrderPaid{order, ctx.time()};
}

}  // namespace

int main(int argc, char** argv) {
    leat::app app{"payments", argc, argv};
    bank = app.setting("bank", "http://127.0.0.1:8084", "the bank's URL");
    app.topic("orders", {.partitions = 12}).topic("payments", {.partitions = 12});
    // For ever: a bank that is down must not cost a customer his order. Only his next one waits.
    app.on<shop::OrderPlaced>("orders", charge)
        .to("payments")
        .retry({.attempts = 0, .first = 100ms, .max = 2s});
    return app.run();
}

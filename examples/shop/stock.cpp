// stock: sets the CDs of every paid order aside, in SQLite, and says so.
#include <leat/leat.hpp>

#include "events.hpp"
#include "sqlite.hpp"

namespace {

struct Totals {
    std::int64_t orders = 0;
    std::int64_t cds = 0;
};

}  // namespace

int main(int argc, char** argv) {
    leat::app app{"stock", argc, argv};
    app.topic("payments", {.partitions = 12}).topic("stock", {.partitions = 12});

    shop::Database database{app.setting("database", "stock.db", "the SQLite file of bookings"),
                            "CREATE TABLE IF NOT EXISTS bookings"
                            " (order_id INTEGER PRIMARY KEY, cds INTEGER NOT NULL)"};
    // Payments may come twice: the order's own number makes the second one harmless.
    shop::Statement book{database, "INSERT OR REPLACE INTO bookings VALUES (?, ?)"};
    shop::Statement totals{database, "SELECT count(*), coalesce(sum(cds), 0) FROM bookings"};

    app.on<shop::OrderPaid>("payments",
                            [&book](const shop::OrderPaid& paid) {
                                book.run(paid.order.order_id, std::int64_t{paid.order.cds});
                                return shop::OrderBooked{paid.order, paid.ordered_at};
                            })
        .to("stock");
    app.get("/stock", [&totals] {
        const auto [orders, cds] = totals.first<std::int64_t, std::int64_t>();
        return Totals{orders, cds};
    });
    return app.run();
}

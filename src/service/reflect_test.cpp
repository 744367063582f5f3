#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "leat/reflect_names.hpp"

namespace leat {
namespace {

struct Line {
    std::string sku;
    int count;
};
struct ReflectedOrder {
    int id;
    Line first;
    std::vector<ReflectedOrder> parts;
    std::optional<Line> gift;
};
struct Widest {
    int a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18;
    std::string b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16, b17, last;
};
struct Nothing {};
struct NoDefault {
    explicit NoDefault(int) {}
};
struct Holder {
    int first;
    NoDefault second;
};
enum class Colour : std::uint8_t { red, green = 7, blue = 127 };
enum Legacy : short { legacy_unknown = -1, legacy_none };
enum class Http { ok = 200, created, gone = 410 };
template <class A, int B>
struct Box {
    enum class Kind { small, large };
};

}  // namespace

template <>
inline constexpr value_range enum_range<Http>{.first = 200, .last = 410};

namespace {

TEST(Reflect, counts_and_names_the_fields_in_order) {
    static_assert(field_count<ReflectedOrder> == 4);
    static_assert(
        field_names<
            ReflectedOrder> == std::array<std::string_view, 4>{"id", "first", "parts", "gift"});
    static_assert(std::is_same_v<field_type<ReflectedOrder, 1>, Line>);
    EXPECT_EQ(field_names<Line>[1], "count");
}

TEST(Reflect, takes_structs_of_0_and_of_36_fields) {
    static_assert(field_count<Nothing> == 0);
    static_assert(field_count<Widest> == 36);
    Widest widest{};
    std::get<35>(fields_of(widest)) = "written";
    EXPECT_EQ(widest.last, "written");
    EXPECT_EQ(field_names<Widest>[17], "a18");
    EXPECT_EQ(field_names<Widest>[35], "last");
}

TEST(Reflect, counts_fields_that_cannot_be_left_out) { static_assert(field_count<Holder> == 2); }

TEST(Reflect, sees_structs_of_a_function) {
    struct Local {
        int x, y;
    };
    static_assert(field_names<Local> == std::array<std::string_view, 2>{"x", "y"});
    static_assert(type_name<Local>() == "Local");
}

TEST(Reflect, names_enumerators_both_ways) {
    static_assert(enum_name(Colour::green) == "green" && enum_name(Colour::blue) == "blue");
    static_assert(enum_name(static_cast<Colour>(3)).empty());
    static_assert(enum_value<Colour>("red") == Colour::red);
    static_assert(!enum_value<Colour>("Colour") && !enum_value<Colour>("")
                  && !enum_value<Colour>("3"));
    static_assert(enum_name(legacy_unknown) == "legacy_unknown");
    static_assert(enum_name(Box<int, 3>::Kind::large) == "large");
}

TEST(Reflect, looks_for_enumerators_in_the_range_that_was_given) {
    static_assert(enum_name(Http::gone) == "gone" && enum_name(Http::created) == "created");
    static_assert(enum_value<Http>("ok") == Http::ok);
}

TEST(Reflect, names_types_without_their_namespaces) {
    static_assert(type_name<ReflectedOrder>() == "ReflectedOrder");
    static_assert(type_name<Colour>() == "Colour");
    static_assert(type_name<std::vector<int>>().empty());
}

}  // namespace
}  // namespace leat

// Greets everyone who signs up.
#include <leat/leat.hpp>

struct Signup {
    std::string name;
};
struct Greeting {
    std::string text;
};

int main(int argc, char** argv) {
    leat::app app{"greetings", argc, argv};
    app.on<Signup>("signups",
                   [](const Signup& signup) { return Greeting{"Welcome, " + signup.name + "!"}; })
        .to("greetings");
    return app.run();
}

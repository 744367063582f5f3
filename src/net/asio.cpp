// The one place where Asio and Beast are compiled: every other source only declares them.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>

#ifdef __SANITIZE_THREAD__
// Asio counts the references to an any_io_executor with a release decrement and an acquire fence.
// ThreadSanitizer does not follow fences, so it takes the last owner's delete for a race.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
    return "race:boost::asio::detail::ref_count_down\n"
           "race:boost::asio::execution::detail::shared_target_executor::~shared_target_executor\n";
}
#endif

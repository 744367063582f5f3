// leat::expected: the out-of-line part.
#include "leat/expected.hpp"

#include "base/check.hpp"

namespace leat {

void abort_on_bad_access(const char* what) { fail_check(what); }

}  // namespace leat

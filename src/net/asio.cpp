// The one place where Asio and Beast are compiled: every other source only declares them.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>

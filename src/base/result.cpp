#include "base/result.hpp"

#include <stdexcept>

namespace sealpost {

std::string_view format_fault(Fault fault)
{
    switch (fault) {
        case Fault::retry_later: return "retry_later";
        case Fault::give_up: return "give_up";
        case Fault::peer_broke_it: return "peer_broke_it";
        case Fault::denied: return "denied";
        case Fault::cancelled: return "cancelled";
        case Fault::config: return "config";
    }
    return "unknown";
}

Error Error::in(std::string_view context) const { return Error{fault, std::string(context) + ": " + text}; }

void throw_exception_from_error(const Error& error, const boost::source_location& where)
{
    throw std::logic_error("a result without a value was used at " + where.to_string() + ": " + error.text);
}

}  // namespace sealpost

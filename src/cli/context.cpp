#include "cli/context.hpp"

#include <boost/json/serialize.hpp>

#include <iostream>

namespace sealpost::cli {
namespace {

std::string_view format_outcome(Exit exit)
{
    switch (exit) {
        case Exit::yes: return "yes";
        case Exit::no: return "no";
        case Exit::usage: return "usage";
        case Exit::temporary: break;
    }
    return "temporary";
}

}  // namespace

void Context::answer(const boost::json::value& object, std::string_view text) const
{
    has_answered_ = true;
    if (json) {
        std::cout << boost::json::serialize(object) << '\n';
        return;
    }
    std::cout << text;
    if (!text.empty() && text.back() != '\n') std::cout << '\n';
}

void Context::fail(const Error& error)
{
    std::cerr << "sealpost: " << error.text << '\n';
    switch (error.fault) {
        case Fault::retry_later:
        case Fault::cancelled: exit = Exit::temporary; break;
        case Fault::denied:
        case Fault::give_up: exit = Exit::no; break;
        case Fault::peer_broke_it:
        case Fault::config: exit = Exit::usage; break;
    }
    if (json && !has_answered_) answer(boost::json::object{{"outcome", format_outcome(exit)}, {"error", error.text}}, "");
}

}  // namespace sealpost::cli

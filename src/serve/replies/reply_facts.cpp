#include "serve/replies/reply_facts.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

namespace sealpost::replies {
namespace json = boost::json;

std::string format_reply_facts(const ReplyFacts& facts)
{
    return json::serialize(json::object{{"envelope", facts.envelope_id},
                                        {"person", facts.person},
                                        {"mode", facts.mode},
                                        {"subject", facts.subject},
                                        {"message_id", facts.message_id}});
}

Result<ReplyFacts> parse_reply_facts(std::string_view text)
{
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error) return Error{Fault::give_up, "the reply's facts are broken: " + error.message()};
    try {
        const auto& object = value.as_object();
        const auto field = [&](const char* name) { return json::value_to<std::string>(object.at(name)); };
        return ReplyFacts{field("envelope"), field("person"), field("mode"), field("subject"), field("message_id")};
    } catch (const std::exception& broken) {
        return Error{Fault::give_up, std::string("the reply's facts are broken: ") + broken.what()};
    }
}

}  // namespace sealpost::replies

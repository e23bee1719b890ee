#include "serve/replies/message_facts.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

namespace sealpost::replies {
namespace json = boost::json;
namespace {

// Messages that were queued before there was a choice have none, and left under the service's name.
void read_identity(const json::object& object, MessageFacts& facts)
{
    const auto* found = object.if_contains("identity");
    if (!found) return;
    const auto& judgement = found->as_object();
    const auto sent_as = identity::parse_sent_as(std::string_view(judgement.at("sent_as").as_string()));
    facts.sent_as = sent_as.value_or(identity::SentAs::service);
    facts.judgement = json::serialize(judgement);
}

}  // namespace

std::string format_message_facts(const MessageFacts& facts)
{
    json::object object;
    if (facts.envelope_id.empty())
        object["account"] = facts.account;
    else
        object["envelope"] = facts.envelope_id;
    object["person"] = facts.person;
    object["mode"] = facts.mode;
    object["subject"] = facts.subject;
    object["message_id"] = facts.message_id;  // behind a text: the queue's index finds it there
    if (!facts.judgement.empty()) object["identity"] = json::parse(facts.judgement);
    return json::serialize(object);
}

Result<MessageFacts> parse_message_facts(std::string_view text)
{
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error) return Error{Fault::give_up, "the reply's facts are broken: " + error.message()};
    try {
        const auto& object = value.as_object();
        const auto field = [&](const char* name) { return json::value_to<std::string>(object.at(name)); };
        MessageFacts facts{"", field("person"), field("mode"), field("subject"), field("message_id")};
        if (object.contains("account"))
            facts.account = object.at("account").as_int64();
        else
            facts.envelope_id = field("envelope");
        read_identity(object, facts);
        return facts;
    } catch (const std::exception& broken) {
        return Error{Fault::give_up, std::string("the reply's facts are broken: ") + broken.what()};
    }
}

}  // namespace sealpost::replies

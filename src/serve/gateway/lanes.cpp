#include "serve/gateway/lanes.hpp"

#include "sys/jsonread/jsonread.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

namespace sealpost::gateway {
namespace json = boost::json;
namespace {

std::optional<WallTime> find_expiry(const policy::EncryptionDecision& decision, WallTime now)
{
    if (decision.expires_at_text) {
        auto time = parse_rfc3339(*decision.expires_at_text);
        if (time.has_value()) return *time;
    }
    if (decision.profile.expires_after.count() == 0) return std::nullopt;
    return now + decision.profile.expires_after;
}

json::object format_plan(const policy::EncryptionDecision& decision, WallTime now)
{
    const policy::EncryptionProfile& profile = decision.profile;
    json::object plan{
        {"profile", profile.name},
        {"assurance", policy::format_assurance(profile.assurance)},
        {"reply", profile.reply},
        {"reply_all", profile.reply_all},
        {"forward", profile.forward},
        {"receipt", profile.receipt},
        {"attach", profile.delivery != policy::EnvelopeDelivery::hosted},
        {"attachment_max_bytes", profile.attachment_max_bytes},
        {"hosted", profile.delivery != policy::EnvelopeDelivery::attachment},
        {"attachment_name", profile.attachment_name},
        {"neutral_subject", profile.neutral_subject},
        {"neutral_subject_text", profile.neutral_subject_text},
        {"language", profile.language},
        {"logo", profile.logo},
    };
    const auto expires_at = find_expiry(decision, now);
    if (expires_at) plan["expires_at"] = format_rfc3339(*expires_at);
    if (decision.subject) plan["subject"] = *decision.subject;
    return plan;
}

sealer::SealPlan read_plan(const json::object& plan)
{
    const auto text = [&](const char* name) { return json::value_to<std::string>(plan.at(name)); };
    sealer::SealPlan read;
    read.profile = text("profile");
    read.assurance = text("assurance");
    read.may_reply = plan.at("reply").as_bool();
    read.may_reply_all = plan.at("reply_all").as_bool();
    read.may_forward = plan.at("forward").as_bool();
    read.receipt = plan.at("receipt").as_bool();
    read.attach = plan.at("attach").as_bool();
    read.attachment_max_bytes = json::value_to<std::uint64_t>(plan.at("attachment_max_bytes"));
    read.hosted = plan.at("hosted").as_bool();
    read.attachment_name = text("attachment_name");
    read.neutral_subject = plan.at("neutral_subject").as_bool();
    read.neutral_subject_text = text("neutral_subject_text");
    read.language = text("language");
    read.logo = text("logo");
    if (plan.contains("expires_at")) {
        auto time = parse_rfc3339(text("expires_at"));
        if (time.has_value()) read.expires_at = *time;
    }
    if (plan.contains("subject")) read.subject = text("subject");
    return read;
}

}  // namespace

std::string_view choose_lane(policy::SealAction action)
{
    switch (action) {
        case policy::SealAction::seal: return seal_lane;
        case policy::SealAction::if_tls_fails: return seal_unless_tls_lane;
        case policy::SealAction::clear: return relay_lane;
    }
    return seal_lane;
}

std::string format_facts(const IntakeFacts& intake, const policy::EncryptionDecision& decision, WallTime now)
{
    // The intake first, the Message-ID behind it: there the queue finds the message by them.
    json::object facts{{"intake", intake.id}};
    if (!intake.message_id.empty()) facts["message_id"] = std::string(intake.message_id);
    facts["outgoing"] = intake.outgoing;
    facts["decided_by"] = decision.action_from;
    if (!intake.dkim_sign) facts["dkim_sign"] = false;
    if (intake.tls_not_required) facts["tls_not_required"] = true;
    if (intake.tls_report) facts["tls_report"] = true;
    if (!intake.author.empty()) facts["author"] = std::string(intake.author);
    if (decision.action != policy::SealAction::clear) facts["plan"] = format_plan(decision, now);
    return json::serialize(facts);
}

DeliveryFacts read_facts(std::string_view facts)
{
    DeliveryFacts read;
    const auto object = jsonread::parse_object(facts);
    if (!object) return read;
    const auto take = [&](const char* name, bool& flag) { flag = jsonread::find_flag(*object, name, flag); };
    take("outgoing", read.outgoing);
    take("dkim_sign", read.dkim_sign);
    take("tls_not_required", read.tls_not_required);
    take("tls_report", read.tls_report);
    read.author = jsonread::find_text(*object, "author");
    return read;
}

Result<sealer::SealPlan> parse_plan(std::string_view facts)
{
    boost::system::error_code error;
    const json::value value = json::parse(facts, error);
    if (error) return Error{Fault::give_up, "the message's facts are broken: " + error.message()};
    try {
        return read_plan(value.as_object().at("plan").as_object());
    } catch (const std::exception& broken) {
        return Error{Fault::give_up, std::string("the message's facts are broken: ") + broken.what()};
    }
}

}  // namespace sealpost::gateway

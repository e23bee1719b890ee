#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/dkim_commands.hpp"
#include "cli/stream_file.hpp"
#include "core/config/schema.hpp"
#include "sys/async/wait.hpp"
#include "wire/dkim/signer.hpp"
#include "wire/dkim/verifier.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/mailbox.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <iostream>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t max_message_bytes = 100 * 1024 * 1024;

struct MessageFile {
    mail::HeaderBlock head;
    std::string body;
    std::string text;  // all of it
};

Result<MessageFile> read_parts()
{
    SEALPOST_TRY(auto text, read_message(max_message_bytes));
    // A message may be a head alone.
    if (!mail::find_end_of_head(text)) text += text.ends_with("\r\n") ? "\r\n" : "\r\n\r\n";
    const std::size_t end = mail::find_end_of_head(text).value_or(text.size());
    auto head = mail::HeaderBlock::parse(std::string_view(text).substr(0, end));
    if (head.has_error()) return as_answer(head.error().in("the header of the message"));
    return MessageFile{std::move(*head), text.substr(end), std::move(text)};
}

struct SignFlags {
    std::string domain;
    std::string selector;
    std::string key;
    std::string identity;
};

Result<> check_flags(const SignFlags& flags)
{
    if (!config::is_domain(flags.domain)) return Error{Fault::config, "--domain: not a domain name"};
    if (!config::is_domain(flags.selector)) return Error{Fault::config, "--selector: not a selector, such as s1"};
    if (flags.identity.empty()) return {};
    // RFC 6376 §3.5, i=: "MUST be the same as, or a subdomain of, the value of the "d=" tag".
    const auto mailbox = mail::parse_mailbox(flags.identity);
    const std::string domain = ascii_lower(flags.domain);
    const bool is_within = mailbox.has_value() && (mailbox->domain == domain || mailbox->domain.ends_with('.' + domain));
    if (!is_within) return Error{Fault::config, "--identity: not an address in " + domain + " or below it"};
    return {};
}

Result<> sign(Context&, const SignFlags& flags)
{
    SEALPOST_CHECK(check_flags(flags));
    SEALPOST_TRY(const auto pem, read_key_file(flags.key));
    SEALPOST_TRY(auto key, dkim::SigningKey::make(flags.domain, flags.selector, pem));
    SEALPOST_TRY(const auto message, read_parts());
    dkim::SigningOptions options;
    options.now = SystemClock().now();
    options.identity = flags.identity;
    std::vector<dkim::SigningKey> keys;
    keys.push_back(std::move(key));
    auto signer = dkim::Signer::begin(std::move(keys), std::move(options));
    for (const auto& field : message.head.fields()) {
        const auto taken = signer.append_field(field.raw);
        if (taken.has_error()) return as_answer(taken.error());
    }
    const auto ended = signer.end_head();
    if (ended.has_error()) return as_answer(ended.error());
    signer.append_body(message.body);
    SEALPOST_TRY(const std::string field, signer.finish());
    std::cout << field << message.text << std::flush;
    return {};
}

// One word for all signatures: a good one is enough (RFC 6376 §6.1), then what may still become good.
dkim::Verdict sum_up(const dkim::MessageReport& report)
{
    using dkim::Verdict;
    for (const Verdict wanted : {Verdict::pass, Verdict::temperror})
        if (std::ranges::any_of(report.signatures, [&](const auto& one) { return one.verdict == wanted; })) return wanted;
    return report.signatures.empty() ? Verdict::none : report.signatures.front().verdict;
}

json::object to_json(const dkim::MessageReport& report)
{
    json::array signatures;
    for (const auto& one : report.signatures)
        signatures.push_back(json::object{{"result", dkim::format_verdict(one.verdict)},
                                          {"domain", one.domain},
                                          {"selector", one.selector},
                                          {"identity", one.identity},
                                          {"algorithm", one.algorithm},
                                          {"key_bits", one.key_bits},
                                          {"testing", one.testing},
                                          {"problem", one.problem}});
    const auto& chain = report.chain;
    return {{"result", dkim::format_verdict(sum_up(report))},
            {"signatures", std::move(signatures)},
            {"arc", json::object{{"result", dkim::format_chain_verdict(chain.verdict)},
                                 {"instances", chain.instances},
                                 {"sealer", chain.sealer},
                                 {"authentication_results", chain.authentication_results},
                                 {"problem", chain.problem}}}};
}

std::string to_text(const dkim::MessageReport& report)
{
    std::string text = "dkim=" + std::string(dkim::format_verdict(sum_up(report))) + '\n';
    for (const auto& one : report.signatures) {
        text += "  " + std::string(dkim::format_verdict(one.verdict)) + "  d=" + one.domain + " s=" + one.selector + ' ' +
                one.algorithm;
        if (one.key_bits > 0) text += ", " + std::to_string(one.key_bits) + " bits";
        if (one.testing) text += ", testing";
        text += one.problem.empty() ? "\n" : ": " + one.problem + '\n';
    }
    const auto& chain = report.chain;
    text += "arc=" + std::string(dkim::format_chain_verdict(chain.verdict));
    if (chain.instances > 0) text += ", sets: " + std::to_string(chain.instances) + ", last sealed by " + chain.sealer;
    text += chain.problem.empty() ? "\n" : ": " + chain.problem + '\n';
    return text;
}

Result<> verify(Context& context, const LookupFlags& flags)
{
    SEALPOST_TRY(const auto resolver, open_lookup_resolver(context, flags.resolver));
    SEALPOST_TRY(const auto message, read_parts());
    auto verifier = dkim::Verifier::begin(SystemClock().now());
    for (const auto& field : message.head.fields()) verifier.append_field(field.raw);
    verifier.end_head();
    verifier.append_body(message.body);
    const auto report = async::wait_here(verifier.finish(*resolver, flags.deadline()));
    context.answer(to_json(report), to_text(report));
    const auto verdict = sum_up(report);
    context.exit = verdict == dkim::Verdict::pass ? Exit::yes : verdict == dkim::Verdict::temperror ? Exit::temporary : Exit::no;
    return {};
}

void add_sign_command(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<SignFlags>();
    auto* command = group.add_subcommand("sign", "Sign the message on standard input; prints it with its signature");
    command->add_option("--domain", flags->domain, "d=: who signs")->required();
    command->add_option("--selector", flags->selector, "s=: where the public key stands")->required();
    command->add_option("--key", flags->key, "RSA or Ed25519 private key")->required()->type_name("PEM");
    command->add_option("--identity", flags->identity, "i=: on whose behalf, an address in the domain")->type_name("ADDRESS");
    command->footer(
        "The message may have line ends of either kind; what is printed has CRLF, as on the wire.\n\n"
        "Example:\n  sealpost dkim sign --domain acme.example --selector s1 --key dkim-s1.key < letter.eml > signed.eml");
    command->callback(answering(context, sign, flags));
}

void add_verify_command(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<LookupFlags>(10);
    auto* command = group.add_subcommand("verify", "Verify the signatures and the ARC chain of the message on standard input");
    add_lookup_options(*command, *flags, "for all keys together");
    command->footer(
        "Results are the words of RFC 8601: none, pass, fail, policy, neutral, temperror, permerror.\n"
        "Exit status: 0 a signature passes, 1 none does, 3 a key could not be fetched.\n\n"
        "Examples:\n"
        "  sealpost dkim verify < message.eml\n"
        "  sealpost --format json dkim verify --resolver 127.0.0.1:5353 < message.eml");
    command->callback(answering(context, verify, flags));
}

}  // namespace

void add_dkim_message_commands(CLI::App& group, Context& context)
{
    add_sign_command(group, context);
    add_verify_command(group, context);
}

}  // namespace sealpost::cli

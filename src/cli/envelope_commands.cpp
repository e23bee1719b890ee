#include "base/encoding.hpp"
#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/envelope_changes.hpp"
#include "cli/stream_file.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/files/files.hpp"
#include "wire/mail/address_list.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/visible_text.hpp"
#include "wire/seal/envelope_reader.hpp"
#include "wire/seal/opener.hpp"
#include "wire/seal/page.hpp"
#include "wire/seal/sealer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <filesystem>
#include <functional>
#include <memory>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t max_key_file = 64 * 1024;
constexpr std::size_t max_file_bytes = std::size_t{1} << 40;  // pages stream; only whole messages are held

// What `inspect` and `seal` say about the binary age file.
class Measure {
public:
    void add(std::string_view octets)
    {
        sha256_.update(octets);
        size_ += octets.size();
        if (beginning_.size() < 64) beginning_ += octets.substr(0, 64);
    }
    [[nodiscard]] bool is_age() const { return beginning_.starts_with("age-encryption.org/v1\n"); }
    [[nodiscard]] json::object describe() { return {{"sha256", format_hex(sha256_.finish())}, {"size", size_}}; }

private:
    crypto::Sha256 sha256_;
    std::size_t size_ = 0;
    std::string beginning_;
};

struct SealOptions {
    std::string service, identity_out, out, from, organisation, language = "en";
    std::vector<std::string> to;
    bool armor_only = false;
};

struct Message {
    std::string beginning;  // the head, and what was read with it
    mail::NamedMailbox sender;
};

Result<mail::NamedMailbox> find_sender(std::string_view beginning, const std::string& from)
{
    if (!from.empty()) {
        SEALPOST_TRY(mail::Mailbox mailbox, mail::parse_mailbox(from));
        return mail::NamedMailbox{"", std::move(mailbox)};
    }
    const auto end = mail::find_end_of_head(beginning);
    if (!end) return Error{Fault::config, "standard input is no message: its header does not end; or give --from"};
    SEALPOST_TRY(const auto head, mail::HeaderBlock::parse(beginning.substr(0, *end)));
    SEALPOST_TRY(const auto list, mail::parse_address_list(head.find("From").value_or("")));
    if (list.empty()) return Error{Fault::config, "the message has no From address; give --from"};
    return list.front();
}

Result<Message> read_beginning(StreamFile& input, const std::string& from)
{
    Message message;
    while (!mail::find_end_of_head(message.beginning) && message.beginning.size() < mail::HeaderLimits{}.max_bytes) {
        SEALPOST_TRY(const std::string piece, input.read());
        if (piece.empty()) break;
        message.beginning += piece;
    }
    SEALPOST_TRY(message.sender, find_sender(message.beginning, from));
    return message;
}

Result<> write_key_file(const std::string& path, const seal::Identity& identity)
{
    if (std::filesystem::exists(path)) return Error{Fault::config, path + ": exists already; a key is never replaced"};
    const Secret key = identity.text();
    Bytes text =
        copy_bytes("# created: " + format_rfc3339(SystemClock().now()) + "\n# public key: " + identity.recipient() + "\n");
    text.reserve(text.size() + key.size() + 1);
    text.insert(text.end(), key.reveal().begin(), key.reveal().end());
    text.push_back('\n');
    return files::write_secret(path, Secret(std::move(text)));
}

// Message → age → armor, into the file; what the key record wants to know comes back.
Result<json::object> write_sealed(StreamFile& input, std::string piece, const seal::Identity& identity, StreamFile& out)
{
    seal::Sealer sealer(identity);
    seal::ArmorWriter armor;
    Measure measure;
    while (!piece.empty()) {
        const std::string sealed = sealer.append(piece);
        measure.add(sealed);
        SEALPOST_CHECK(out.write(armor.append(sealed)));
        SEALPOST_TRY(piece, input.read());
    }
    const std::string sealed = sealer.finish();
    measure.add(sealed);
    SEALPOST_CHECK(out.write(armor.append(sealed)));
    SEALPOST_CHECK(out.write(armor.finish()));
    return measure.describe();
}

Result<seal::PageFacts> make_facts(const SealOptions& options, const mail::NamedMailbox& sender)
{
    seal::PageFacts facts;
    SEALPOST_TRY(facts.service_url, seal::parse_service_url(options.service));
    facts.envelope_id = seal::make_envelope_id();
    facts.sender_name = sender.name;
    facts.sender_address = mail::format_mailbox(sender.mailbox);
    facts.organisation =
        options.organisation.empty() ? mail::format_domain_for_people(sender.mailbox.domain) : options.organisation;
    facts.language = parse_language(options.language);
    return facts;
}

Result<json::array> check_recipients(const std::vector<std::string>& to)
{
    json::array out;
    for (const auto& text : to) {
        auto mailbox = mail::parse_mailbox(text);
        if (mailbox.has_error()) return Error{Fault::config, "--to " + text + ": " + mailbox.error().text};
        out.emplace_back(mail::format_mailbox(*mailbox));
    }
    return out;
}

Result<> write_page(StreamFile& input, std::string beginning, const SealOptions& options, const seal::PageFacts& facts,
                    const seal::Identity& identity, json::object& answer)
{
    SEALPOST_TRY(const std::string head, seal::page_head(facts));
    SEALPOST_TRY(StreamFile out, StreamFile::make(options.out));
    if (!options.armor_only) SEALPOST_CHECK(out.write(head));
    SEALPOST_TRY(answer["ciphertext"], write_sealed(input, std::move(beginning), identity, out));
    if (!options.armor_only) SEALPOST_CHECK(out.write(seal::page_tail(facts)));
    return out.keep();
}

Result<json::object> seal_message(const SealOptions& options)
{
    json::object answer;
    SEALPOST_TRY(answer["to"], check_recipients(options.to));
    SEALPOST_TRY(StreamFile input, StreamFile::open("-"));
    SEALPOST_TRY(Message message, read_beginning(input, options.from));
    SEALPOST_TRY(const seal::PageFacts facts, make_facts(options, message.sender));
    const seal::Identity identity = seal::make_identity();
    SEALPOST_CHECK(write_key_file(options.identity_out, identity));
    const auto written = write_page(input, std::move(message.beginning), options, facts, identity, answer);
    if (written.has_error()) {
        std::error_code ignored;
        std::filesystem::remove(options.identity_out, ignored);  // it opens nothing
        return written.error();
    }
    answer["id"] = facts.envelope_id;
    answer["service"] = facts.service_url;
    answer["open_url"] = seal::open_url(facts);
    answer["sender"] = facts.sender_address;
    answer["recipient"] = identity.recipient();
    answer["page"] = options.out;
    answer["identity"] = options.identity_out;
    return answer;
}

json::object describe_claims(const seal::PageClaims& claims)
{
    return {{"envelope", claims.envelope_id},
            {"service", claims.service_url},
            {"organisation", claims.organisation},
            {"sender", claims.sender_address},
            {"language", claims.language}};
}

// Feeds the sealed part of a page, armor, age file or message to `take`, in pieces.
Result<> read_sealed(const std::string& path, seal::EnvelopeReader& reader, const std::function<Result<>(std::string_view)>& take)
{
    SEALPOST_TRY(StreamFile input, StreamFile::open(path));
    for (;;) {
        SEALPOST_TRY(const std::string piece, input.read());
        if (piece.empty()) break;
        SEALPOST_TRY(const std::string octets, reader.append(piece));
        SEALPOST_CHECK(take(octets));
    }
    SEALPOST_TRY(const std::string rest, reader.finish());
    return take(rest);
}

void inspect(const std::string& path, Context& context)
{
    seal::EnvelopeReader reader(max_file_bytes);
    Measure measure;
    auto read = read_sealed(path, reader, [&](std::string_view octets) -> Result<> {
        measure.add(octets);
        return {};
    });
    if (read.has_value() && !measure.is_age()) read = Error{Fault::give_up, path + ": what is inside is not an age v1 file"};
    if (read.has_error() && read.error().fault == Fault::config) return context.fail(read.error());
    json::object answer = {{"sealed", read.has_value()}, {"kind", seal::format_kind(reader.kind())}};
    const auto& claims = reader.claims();
    const bool has_claims = !claims.envelope_id.empty() || !claims.service_url.empty();
    if (has_claims) answer["claims"] = describe_claims(claims);
    std::string text = std::string(seal::format_kind(reader.kind())) + ": ";
    if (read.has_error()) {
        answer["problem"] = read.error().text;
        text += read.error().text;
        context.exit = Exit::no;
    } else {
        answer["ciphertext"] = measure.describe();
        const json::object& sealed = answer["ciphertext"].as_object();
        text += "an age v1 file of " + std::to_string(sealed.at("size").to_number<std::uint64_t>()) + " octets\nsha256        " +
                std::string(sealed.at("sha256").as_string());
    }
    if (has_claims)
        text += "\nThe page says of itself (anybody can edit it; nothing of this is proven):\n  envelope      " +
                claims.envelope_id + "\n  service       " + mail::show_line(claims.service_url) + "\n  organisation  " +
                mail::show_line(claims.organisation) + "\n  sender        " + mail::show_line(claims.sender_address);
    context.answer(answer, text);
}

Result<seal::Identity> load_identity(const std::string& path)
{
    SEALPOST_TRY(StreamFile file, StreamFile::open(path));
    SEALPOST_TRY(std::string text, file.read());
    const Secret content = Secret::copy_of(std::string_view(text));
    std::fill(text.begin(), text.end(), '\0');
    if (content.size() >= max_key_file) return Error{Fault::config, path + ": too large for a key file"};
    auto identity = seal::Identity::parse_file(content.reveal_text());
    if (identity.has_error()) return Error{Fault::config, path + ": " + identity.error().text};
    return std::move(*identity);
}

struct OpenOptions {
    std::string identity, page, out = "-";
};

Result<std::size_t> open_envelope(const OpenOptions& options)
{
    SEALPOST_TRY(const seal::Identity identity, load_identity(options.identity));
    SEALPOST_TRY(StreamFile out, StreamFile::make(options.out));
    seal::EnvelopeReader reader(max_file_bytes);
    seal::Opener opener(identity);
    std::size_t size = 0;
    const auto read = read_sealed(options.page, reader, [&](std::string_view octets) -> Result<> {
        SEALPOST_TRY(const std::string text, opener.append(octets));
        size += text.size();
        return out.write(text);
    });
    if (read.has_error()) return read.error();
    SEALPOST_TRY(const std::string rest, opener.finish());
    SEALPOST_CHECK(out.write(rest));
    SEALPOST_CHECK(out.keep());
    return size + rest.size();
}

void add_seal(CLI::App& group, Context& context)
{
    auto options = std::make_shared<SealOptions>();
    CLI::App* command =
        group.add_subcommand("seal", "Seals the message on standard input: writes an attachment page and its key");
    command->add_option("--service", options->service, "The envelope service, e.g. https://keys.example.org")->required();
    command->add_option("--to", options->to, "Recipients")->required()->expected(1, 1000);
    command
        ->add_option("--identity-out", options->identity_out,
                     "Where the key goes (age identity, mode 0600, never replaces a file)")
        ->required();
    command->add_option("--out", options->out, "Where the page goes (never replaces a file; - for standard output)")->required();
    command->add_option("--from", options->from, "The sender, when the message has no From");
    command->add_option("--organisation", options->organisation, "The sender's organisation (default: the sender's domain)");
    command->add_option("--language", options->language, "Language of the page")
        ->check(CLI::IsMember({"en", "fr"}))
        ->capture_default_str();
    command->add_flag("--armor", options->armor_only, "Write the armored age file only, without the page");
    command->footer(
        "Example:\n  sealpost envelope seal --service https://keys.example.org --to bob@partner.example \\\n"
        "      --identity-out message.key --out message.html < message.eml");
    command->callback([options, &context] {
        if (context.json && options->out == "-") return context.fail({Fault::config, "with --format json, --out names a file"});
        auto answer = seal_message(*options);
        if (answer.has_error()) return context.fail(answer.error());
        std::string text = "sealed to " + options->out + ", key in " + options->identity_out + "\nenvelope " +
                           std::string((*answer)["id"].as_string());
        if (options->out != "-") context.answer(*answer, text);
    });
}

void add_inspect(CLI::App& group, Context& context)
{
    auto path = std::make_shared<std::string>();
    CLI::App* command =
        group.add_subcommand("inspect", "Says what a page, age file or message is; exit 1 when nothing sealed is in it");
    command->add_option("PAGE", *path, "The file (- for standard input)")->required();
    command->footer("Example:\n  sealpost envelope inspect message.html --format json");
    command->callback([path, &context] { inspect(*path, context); });
}

void add_open(CLI::App& group, Context& context)
{
    auto options = std::make_shared<OpenOptions>();
    CLI::App* command = group.add_subcommand(
        "open", "Opens a page, age file or message with its key; the original message goes to standard output");
    command->add_option("--identity", options->identity, "The age identity file")->required();
    command->add_option("--out", options->out, "Where the message goes instead (never replaces a file)");
    command->add_option("PAGE", options->page, "The file (- for standard input)")->required();
    command->footer(
        "Exit status 1: damaged, cut off, or sealed for another key; what was written is then not the whole message.\n"
        "Example:\n  sealpost envelope open --identity message.key message.html > message.eml");
    command->callback([options, &context] {
        if (context.json && options->out == "-")
            return context.fail({Fault::config, "with --format json, name a file with --out"});
        const auto size = open_envelope(*options);
        if (size.has_error()) return context.fail(as_answer(size.error()));
        if (options->out != "-")
            context.answer(json::object{{"message", options->out}, {"size", *size}}, "opened to " + options->out);
    });
}

}  // namespace

void add_envelope_commands(CLI::App& app, Context& context)
{
    CLI::App* group = app.add_subcommand(
        "envelope", "Seal, inspect and open envelopes without a server; lock, unlock, expire and recall those of a service");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n  sealpost envelope inspect page.html\n  sealpost envelope open --identity b.key page.html > message.eml\n"
        "  sealpost envelope list --account acme\n"
        "  sealpost envelope recall bbru2gsh3bngicm326ymf2aaa4");
    add_seal(*group, context);
    add_inspect(*group, context);
    add_open(*group, context);
    add_envelope_changes(*group, context);
}

}  // namespace sealpost::cli

#include "cli/answering.hpp"
#include "cli/context.hpp"
#include "sys/files/files.hpp"
#include "wire/mail/bounce_tag.hpp"

#include <boost/json.hpp>

#include <filesystem>

namespace sealpost::cli {
namespace {

Result<> make_key(Context& context, const std::string& path)
{
    std::error_code unknown;
    if (std::filesystem::exists(path, unknown) || unknown)
        return Error{Fault::config, path + " exists; bounces of mail that it tagged would be refused without it"};
    const Secret text = mail::BounceKey::make_text();
    SEALPOST_CHECK(files::write_secret(path, text));
    SEALPOST_TRY(const auto key, mail::BounceKey::parse(text.reveal_text()));
    context.answer(boost::json::object{{"file", path}, {"number", key.number()}},
                   path + " made, key number " + std::to_string(key.number()) +
                       "; name it first in [bounce_verification] key_files, and keep the one before it there for a week");
    return {};
}

}  // namespace

void add_bounce_key_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("bounce-key", "Keys that tag envelope senders, so that forged bounces are known");
    group->require_subcommand(1);
    group->footer("Example:\n  sealpost bounce-key new bounce-2.key");
    auto file = std::make_shared<std::string>();
    auto* make = group->add_subcommand("new", "Make a key file; never replaces one");
    make->add_option("FILE", *file, "Where to write it, readable by its owner only")->required();
    make->footer("Example:\n  sealpost bounce-key new bounce-2.key");
    make->callback(answering(context, make_key, file));
}

}  // namespace sealpost::cli

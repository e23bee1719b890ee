#include "core/people/reference_words.hpp"

#include "sys/crypto/random.hpp"

#include <array>
#include <string_view>

namespace sealpost::people {
namespace {

// One octet picks one word.
constexpr std::array<std::string_view, 256> words = {
    "ACORN",   "ALDER",   "AMBER",   "ANCHOR",   "APPLE",    "APRON",   "ARROW",    "ASPEN",   "ATLAS",   "AUTUMN", "BADGER",
    "BAKER",   "BAMBOO",  "BANJO",   "BARLEY",   "BASIL",    "BASKET",  "BEACON",   "BEAVER",  "BERRY",   "BIRCH",  "BISON",
    "BLANKET", "BLOSSOM", "BONNET",  "BOOK",     "BOTTLE",   "BRANCH",  "BREAD",    "BREEZE",  "BRICK",   "BRIDGE", "BROOK",
    "BRUSH",   "BUCKET",  "BUTTER",  "BUTTON",   "CABIN",    "CACTUS",  "CAMEL",    "CANAL",   "CANDLE",  "CANOE",  "CANVAS",
    "CANYON",  "CARPET",  "CARROT",  "CASTLE",   "CEDAR",    "CELLO",   "CHAIR",    "CHALK",   "CHERRY",  "CHESS",  "CIRCLE",
    "CLOCK",   "CLOUD",   "CLOVER",  "COAST",    "COBALT",   "COCOA",   "COMET",    "COPPER",  "CORAL",   "CORNER", "COTTON",
    "CRANE",   "CRAYON",  "CREEK",   "CRYSTAL",  "CUPBOARD", "CURTAIN", "DAISY",    "DANCER",  "DELTA",   "DESERT", "DIAMOND",
    "DINNER",  "DOLPHIN", "DONKEY",  "DOOR",     "DRAGON",   "DRUM",    "EAGLE",    "EARTH",   "EASEL",   "ECHO",   "ELBOW",
    "ELM",     "EMERALD", "ENGINE",  "EVENING",  "FALCON",   "FARMER",  "FEATHER",  "FENCE",   "FERN",    "FERRY",  "FIDDLE",
    "FIELD",   "FINCH",   "FLAG",    "FLAME",    "FLUTE",    "FOREST",  "FOUNTAIN", "FOX",     "FROST",   "GALAXY", "GARDEN",
    "GARNET",  "GATE",    "GINGER",  "GLACIER",  "GLASS",    "GLOBE",   "GLOVE",    "GOOSE",   "GRANITE", "GRAPE",  "GRASS",
    "GUITAR",  "HAMMER",  "HARBOR",  "HARP",     "HARVEST",  "HAZEL",   "HEATHER",  "HELMET",  "HERON",   "HILL",   "HONEY",
    "HORIZON", "HORSE",   "HOUSE",   "ICEBERG",  "INDIGO",   "IRIS",    "ISLAND",   "IVORY",   "IVY",     "JACKET", "JASMINE",
    "JEWEL",   "JIGSAW",  "JUNGLE",  "JUNIPER",  "KETTLE",   "KEY",     "KITE",     "KITTEN",  "LADDER",  "LAGOON", "LAKE",
    "LANTERN", "LARK",    "LAUREL",  "LAVENDER", "LEAF",     "LEMON",   "LIBRARY",  "LILAC",   "LILY",    "LIME",   "LINEN",
    "LION",    "LIZARD",  "LOCKET",  "MAGNET",   "MAPLE",    "MARBLE",  "MARKET",   "MEADOW",  "MELON",   "MIRROR", "MITTEN",
    "MOON",    "MORNING", "MOSS",    "MOUNTAIN", "MUSEUM",   "NAPKIN",  "NECTAR",   "NEEDLE",  "NIGHT",   "NORTH",  "NUTMEG",
    "OAK",     "OASIS",   "OCEAN",   "OLIVE",    "ONYX",     "OPAL",    "ORANGE",   "ORCHARD", "ORCHID",  "OTTER",  "OWL",
    "OYSTER",  "PADDLE",  "PALACE",  "PANDA",    "PAPER",    "PARADE",  "PARROT",   "PASTEL",  "PEACH",   "PEARL",  "PEBBLE",
    "PENCIL",  "PEPPER",  "PIANO",   "PICNIC",   "PIGEON",   "PILLOW",  "PINE",     "PLANET",  "PLUM",    "POCKET", "POND",
    "POPPY",   "PRAIRIE", "PUMPKIN", "QUARTZ",   "QUILT",    "RABBIT",  "RAIN",     "RAVEN",   "RIBBON",  "RIVER",  "ROBIN",
    "ROCKET",  "ROSE",    "RUBY",    "SADDLE",   "SAFFRON",  "SAIL",    "SALMON",   "SAND",    "SATIN",   "SCARF",  "SEAL",
    "SHELL",   "SHIP",    "SILVER",  "SKY",      "SNOW",     "SPARROW", "SPRING",   "STAR",    "STONE",   "SUMMER", "SUNSET",
    "TEAPOT",  "TIGER",   "TULIP",
};

}  // namespace

std::string make_reference()
{
    const Bytes drawn = crypto::random_bytes(2);
    std::string reference(words[drawn[0]]);
    reference += '-';
    reference += words[drawn[1]];
    return reference;
}

}  // namespace sealpost::people

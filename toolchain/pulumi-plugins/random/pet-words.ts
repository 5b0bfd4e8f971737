const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const ADVERBS = words(`
  badly barely boldly brightly calmly closely daily deeply duly early easily evenly firmly fondly freely
  fully gently gladly greatly hardly highly humbly keenly kindly lately lightly likely mostly nearly
  neatly newly nicely openly partly poorly purely quickly quietly rarely really safely slowly softly
  solely subtly truly vastly warmly widely wisely
`);

export const ADJECTIVES = words(`
  able active alert amber ample apt bold brave brief bright brisk calm capable careful casual clean clear
  clever cosmic crisp curious daring deft eager early easy elegant exact fair famous fast fine firm fit
  fond frank free fresh gentle glad golden grand happy hardy honest humble ideal keen kind lasting light
  literate lively loyal lucky merry modest neat noble novel open patient polite prime proud quick quiet
  rapid rare ready regular robust sharp simple sincere smart smooth solid sound steady sunny sweet swift
  tidy tough upright useful valid vast vivid warm welcome whole willing wise witty
`);

export const NAMES = words(`
  adder alpaca ant asp badger bass bat bear beaver bee bison boar buck bull calf camel caribou cat chamois
  chow cicada civet clam cobra cod colt condor coral corgi cow crab crane cricket crow cub deer dingo doe
  dog dolphin donkey dory dove drake duck eagle eel egret elf elk emu ewe falcon fawn ferret finch fish
  flea fly foal fox frog gator gecko ghoul gibbon gnat gnu goat goose grouse grub gull hamster hare hawk
  hen heron hippo hog hornet horse hound husky ibex ibis iguana impala insect jackal jay kid kit kitten
  kiwi koala lab lamb lark lemur leopard lion lizard llama lynx macaw magpie mako mantis marlin marmot
  martin mink mole monkey moose moth mouse mule newt ocelot octopus orca oriole osprey otter owl ox oyster
  panda parrot perch pig pigeon pika piranha pony puma pup python quail rabbit racer ram raptor rat raven
  ray robin rooster sailfish salmon seal shad shark sheep shrew shrimp skink skunk sloth slug snail snake
  snipe sole spider squid stag starfish stork stud sunbird sunfish swan swift tapir tern terrapin tetra
  thrush tick tiger toad tomcat tortoise toucan troll trout tuna turkey turtle unicorn viper vulture wahoo
  wallaby walrus wasp weevil whale whippet wolf wombat worm wren yak zebra
`);

"""Common emoji names, as GitHub, Slack and Hugo write them between colons."""

from __future__ import annotations

_NAMES = """
+1 -1 100 1234 8ball a ab abc abcd accept airplane alarm_clock alien ambulance anchor angel anger angry anguished ant apple arrow_down
arrow_down_small arrow_left arrow_lower_left arrow_lower_right arrow_right arrow_up arrow_up_down arrow_up_small arrow_upper_left
arrow_upper_right arrows_clockwise arrows_counterclockwise art astonished athletic_shoe atm avocado baby baby_bottle baby_chick back bacon
badminton baguette_bread balloon ballot_box ballot_box_with_check bamboo banana bangbang bank bar_chart barber baseball basketball bat
bath bathtub battery bear bee beer beers beetle beginner bell bento bicyclist bike bikini bird birthday black_circle black_heart
black_joker black_large_square black_nib black_small_square blossom blowfish blue_book blue_car blue_heart blush boar boat bomb book
bookmark bookmark_tabs books boom boot bouquet bow bowling boxing_glove boy brain bread bride_with_veil briefcase broken_heart bug
building_construction bulb bullettrain_front bus busstop bust_in_silhouette busts_in_silhouette butterfly cactus cake calendar calling
camel camera candle candy capricorn car card_file_box card_index carrot cat cat2 cd champagne chart chart_with_downwards_trend
chart_with_upwards_trend checkered_flag cheese cherries cherry_blossom chestnut chicken children_crossing chocolate_bar christmas_tree
church cinema circus_tent city_sunset clap clapper classical_building clinking_glasses clipboard clock1 clock10 clock12 clock3 clock6
clock9 closed_book closed_lock_with_key cloud cloud_with_lightning cloud_with_rain cloud_with_snow clown_face cocktail coffee cold_face
cold_sweat collision comet computer confetti_ball confounded confused congratulations construction construction_worker control_knobs
convenience_store cookie cool cop copyright corn couch_and_lamp couple cow cow2 crab credit_card crescent_moon cricket crocodile
crossed_fingers crossed_flags crossed_swords crown cry crying_cat_face crystal_ball cucumber cupid curly_loop curry custard customs
cyclone dagger dancer dancers dango dart dash date deciduous_tree deer department_store desktop_computer detective
diamond_shape_with_a_dot_inside diamonds disappointed disappointed_relieved dizzy dizzy_face dna dog dog2 dollar dolls dolphin door
doughnut dove dragon dragon_face dress dromedary_camel drooling_face droplet drum duck dvd e-mail eagle ear ear_of_rice earth_africa
earth_americas earth_asia egg eggplant eight_pointed_black_star electric_plug elephant email end envelope envelope_with_arrow euro
exclamation exploding_head expressionless eye eyeglasses eyes face_with_head_bandage face_with_thermometer facepalm facepunch factory
fairy fallen_leaf family fast_forward fax fearful feet ferris_wheel file_cabinet file_folder film_projector film_strip fire fire_engine
fireworks first_quarter_moon fish fish_cake fishing_pole_and_fish fist fist_left fist_right flags flashlight flight_arrival
flight_departure floppy_disk flower_playing_cards flushed fog foggy football footprints fork_and_knife fountain fountain_pen
four_leaf_clover fox_face fried_egg fried_shrimp fries frog frowning frowning_face fuelpump full_moon game_die gear gem gemini ghost gift
gift_heart giraffe girl globe_with_meridians goal_net goat golf gorilla grapes green_apple green_book green_circle green_heart green_salad
grey_exclamation grey_question grimacing grin grinning guardsman guitar gun haircut hamburger hammer hammer_and_pick hammer_and_wrench
hamster hand handbag handshake hankey hash hatched_chick hatching_chick headphones hear_no_evil heart heart_decoration heart_eyes
heart_eyes_cat heartbeat heartpulse hearts heavy_check_mark heavy_division_sign heavy_dollar_sign heavy_exclamation_mark heavy_minus_sign
heavy_multiplication_x heavy_plus_sign hedgehog helicopter herb hibiscus high_brightness high_heel hocho hole honey_pot honeybee horse
horse_racing hospital hot_face hot_pepper hotdog hotel hotsprings hourglass hourglass_flowing_sand house house_with_garden houses hugs
hushed ice_cream ice_skate icecream id imp inbox_tray incoming_envelope information_desk_person information_source innocent interrobang
iphone island jack_o_lantern jeans joy joy_cat joystick kaaba key keyboard kimono kiss kissing kissing_cat kissing_closed_eyes
kissing_heart kiwi_fruit knife koala label ladybug lantern large_blue_circle large_blue_diamond large_orange_diamond laughing leaves
ledger left_right_arrow leftwards_arrow_with_hook lemon leopard level_slider light_rail link lion lips lipstick lizard llama lobster lock
lock_with_ink_pen lollipop loop loud_sound loudspeaker love_letter low_brightness lying_face mag mag_right mahjong mailbox
mailbox_with_mail man man_technologist mango mans_shoe maple_leaf mask massage mate mechanical_arm medal_military medal_sports mega melon
memo mens metal metro microphone microscope milk_glass milky_way minibus minidisc mobile_phone_off money_mouth_face money_with_wings
moneybag monkey monkey_face monocle_face monorail moon mortar_board mosque motorcycle motorway mount_fuji mountain mountain_bicyclist
mountain_snow mouse mouse2 movie_camera moyai muscle mushroom musical_keyboard musical_note musical_score mute nail_care name_badge
nauseated_face necktie negative_squared_cross_mark nerd_face neutral_face new new_moon newspaper no_bell no_entry no_entry_sign no_good
no_mobile_phones no_mouth no_smoking non-potable_water nose notebook notebook_with_decorative_cover notes nut_and_bolt o o2 ocean octopus
office oil_drum ok ok_hand ok_woman old_key older_man older_woman om on oncoming_automobile open_book open_file_folder open_hands
open_mouth open_umbrella orange orange_book orange_circle orange_heart orangutan outbox_tray owl ox package page_facing_up page_with_curl
pager paintbrush palm_tree pancakes panda_face paperclip paperclips parking part_alternation_mark partly_sunny partying_face
passport_control pause_button paw_prints peace_symbol peach peacock peanuts pear pen pencil pencil2 penguin pensive performing_arts
persevere person_fencing phone pick pie pig pig2 pig_nose pill pinched_fingers pineapple ping_pong pirate_flag pizza place_of_worship
plate_with_cutlery play_or_pause_button pleading_face point_down point_left point_right point_up point_up_2 police_car poodle poop popcorn
post_office postal_horn postbox potable_water potato pouch poultry_leg pound pout pray prayer_beads pretzel printer prohibited punch
purple_circle purple_heart purse pushpin puzzle_piece question rabbit rabbit2 raccoon racehorse racing_car radio radio_button radioactive
rage railway_car rainbow rainbow_flag raised_back_of_hand raised_eyebrow raised_hand raised_hand_with_fingers_splayed raised_hands
raising_hand ram ramen rat recycle red_car red_circle registered relaxed relieved reminder_ribbon repeat restroom revolving_hearts rewind
ribbon rice rice_ball ring robot rocket rofl roll_eyes roller_coaster rooster rose rosette rotating_light round_pushpin rowboat
rugby_football runner running sailboat sake salt santa satellite satisfied sauropod saxophone scales school school_satchel scissors
scorpion scream scream_cat scroll seal seat secret see_no_evil seedling selfie shallow_pan_of_food shamrock shark shaved_ice sheep shell
shield ship shirt shit shopping shopping_cart shower shrimp shrug shushing_face signal_strength six_pointed_star ski skier skull
skull_and_crossbones sleeping sleeping_bed sleepy slightly_frowning_face slightly_smiling_face slot_machine sloth small_airplane
small_blue_diamond small_orange_diamond small_red_triangle small_red_triangle_down smile smile_cat smiley smiley_cat
smiling_face_with_three_hearts smiling_imp smirk smirk_cat smoking snail snake sneezing_face snowboarder snowflake snowman soap sob soccer
soon sos sound space_invader spades spaghetti sparkle sparkler sparkles sparkling_heart speak_no_evil speaker speaking_head speech_balloon
speedboat spider spider_web spiral_calendar spiral_notepad squid squirrel stadium star star2 star_of_david star_struck stars station
statue_of_liberty steam_locomotive stethoscope stew stop_button stop_sign stopwatch straight_ruler strawberry stuck_out_tongue
stuck_out_tongue_closed_eyes stuck_out_tongue_winking_eye studio_microphone sun_behind_large_cloud sun_with_face sunflower sunglasses
sunny sunrise sunrise_over_mountains surfer sushi suspension_railway swan sweat sweat_drops sweat_smile sweet_potato swimmer symbols
synagogue syringe taco tada tanabata_tree tangerine taxi tea technologist telephone telephone_receiver telescope tennis tent test_tube
thermometer thinking thought_balloon thumbsdown thumbsup thunder_cloud_and_rain ticket tickets tiger tiger2 timer_clock tipping_hand_woman
tired_face tm toilet tokyo_tower tomato tongue toolbox tooth tophat tornado trackball tractor traffic_light train train2 tram
triangular_flag_on_post triangular_ruler trident triumph trolleybus trophy tropical_drink tropical_fish truck trumpet tshirt tulip
tumbler_glass turkey turtle tv twisted_rightwards_arrows two_hearts two_men_holding_hands umbrella unamused underage unicorn unlock up
upside_down_face v vertical_traffic_light vhs vibration_mode video_camera video_game violin virgo volcano volleyball vs vulcan_salute
walking waning_crescent_moon warning wastebasket watch water_buffalo watermelon wave wavy_dash wc weary wedding whale whale2
wheel_of_dharma wheelchair white_check_mark white_circle white_flag white_flower white_heart white_large_square white_small_square
wilted_flower wind_chime wind_face wine_glass wink wolf woman woman_technologist womans_clothes womans_hat women worried wrench
writing_hand x yawning_face yellow_circle yellow_heart yen yin_yang yum zap zebra zipper_mouth_face zombie zzz
"""
EMOJI_NAMES = frozenset(_NAMES.split())
"""Without the colons."""

//! What an Indonesian shop sells.

/// A kind of goods.
#[derive(Debug)]
pub struct Goods {
    pub id: &'static str,
    pub en: &'static str,
    /// Slug of its category.
    pub category: &'static str,
    /// Price of the smallest pack or size, in thousands of minor units ×10: 250 is 25.000,00 rupiah.
    pub price: i64,
    pub kind: Kind,
}

/// In what goods come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Packs by weight.
    Packed,
    /// Sizes and colours.
    Worn,
    /// One.
    Single,
}

/// Categories: slug, name, English name, slug of the one above.
pub const CATEGORIES: [(&str, &str, &str, Option<&str>); 14] = [
    ("makanan-minuman", "Makanan & Minuman", "Food & Drinks", None),
    ("kopi", "Kopi", "Coffee", Some("makanan-minuman")),
    ("teh", "Teh", "Tea", Some("makanan-minuman")),
    ("bumbu", "Bumbu & Sambal", "Spices & Sambal", Some("makanan-minuman")),
    ("camilan", "Camilan", "Snacks", Some("makanan-minuman")),
    ("bahan-pokok", "Bahan Pokok", "Staples", Some("makanan-minuman")),
    ("busana", "Busana", "Clothing", None),
    ("batik", "Batik", "Batik", Some("busana")),
    ("kaos", "Kaos", "T-shirts", Some("busana")),
    ("sandal", "Sandal", "Sandals", Some("busana")),
    ("rumah", "Rumah & Dapur", "Home & Kitchen", None),
    ("keramik", "Keramik", "Ceramics", Some("rumah")),
    ("anyaman", "Anyaman", "Wickerwork", Some("rumah")),
    ("kerajinan", "Kerajinan Kayu", "Woodcraft", Some("rumah")),
];

macro_rules! goods {
    ($($id:literal, $en:literal, $category:literal, $price:literal, $kind:ident;)*) => {
        &[$(Goods { id: $id, en: $en, category: $category, price: $price, kind: Kind::$kind }),*]
    };
}

/// Goods of every category.
pub const GOODS: &[Goods] = goods! {
    "Kopi Arabika", "Arabica Coffee", "kopi", 450, Packed;
    "Kopi Robusta", "Robusta Coffee", "kopi", 300, Packed;
    "Kopi Luwak", "Luwak Coffee", "kopi", 1800, Packed;
    "Kopi Susu Gula Aren", "Palm Sugar Milk Coffee", "kopi", 280, Packed;
    "Teh Hitam", "Black Tea", "teh", 180, Packed;
    "Teh Melati", "Jasmine Tea", "teh", 200, Packed;
    "Teh Rosela", "Roselle Tea", "teh", 240, Packed;
    "Wedang Jahe", "Ginger Drink", "teh", 220, Packed;
    "Sambal Terasi", "Shrimp Paste Chilli Sauce", "bumbu", 250, Packed;
    "Sambal Matah", "Raw Shallot Chilli Relish", "bumbu", 300, Packed;
    "Bumbu Rendang", "Rendang Spice Paste", "bumbu", 190, Packed;
    "Lada Hitam", "Black Pepper", "bumbu", 350, Packed;
    "Cengkeh", "Cloves", "bumbu", 400, Packed;
    "Kayu Manis", "Cinnamon", "bumbu", 260, Packed;
    "Keripik Pisang", "Banana Crisps", "camilan", 160, Packed;
    "Keripik Tempe", "Tempeh Crisps", "camilan", 150, Packed;
    "Kerupuk Udang", "Prawn Crackers", "camilan", 170, Packed;
    "Dodol", "Sticky Rice Toffee", "camilan", 210, Packed;
    "Beras Pandan Wangi", "Pandan Wangi Rice", "bahan-pokok", 200, Packed;
    "Gula Aren", "Palm Sugar", "bahan-pokok", 230, Packed;
    "Madu Hutan", "Forest Honey", "bahan-pokok", 950, Packed;
    "Minyak Kelapa", "Coconut Oil", "bahan-pokok", 420, Packed;
    "Kemeja Batik Tulis", "Hand-drawn Batik Shirt", "batik", 3500, Worn;
    "Kemeja Batik Cap", "Stamped Batik Shirt", "batik", 1850, Worn;
    "Daster Batik", "Batik House Dress", "batik", 850, Worn;
    "Sarung Tenun", "Woven Sarong", "batik", 1450, Single;
    "Kain Ulos", "Ulos Cloth", "batik", 4200, Single;
    "Kaos Katun", "Cotton T-shirt", "kaos", 750, Worn;
    "Kaos Wayang", "Shadow Puppet T-shirt", "kaos", 890, Worn;
    "Sandal Kulit", "Leather Sandals", "sandal", 1650, Worn;
    "Sandal Pandan", "Pandan Sandals", "sandal", 550, Worn;
    "Cangkir Keramik", "Ceramic Cup", "keramik", 480, Single;
    "Mangkuk Keramik", "Ceramic Bowl", "keramik", 620, Single;
    "Piring Gerabah", "Earthenware Plate", "keramik", 390, Single;
    "Tas Rotan", "Rattan Bag", "anyaman", 1950, Single;
    "Keranjang Bambu", "Bamboo Basket", "anyaman", 680, Single;
    "Tikar Pandan", "Pandan Mat", "anyaman", 1250, Single;
    "Topeng Kayu", "Wooden Mask", "kerajinan", 2250, Single;
    "Wayang Golek", "Rod Puppet", "kerajinan", 2900, Single;
    "Talenan Jati", "Teak Chopping Board", "kerajinan", 1150, Single;
};

/// Where things come from.
pub const PLACES: [&str; 28] = [
    "Gayo",
    "Toraja",
    "Kintamani",
    "Priangan",
    "Flores",
    "Bandung",
    "Yogyakarta",
    "Pekalongan",
    "Padang",
    "Lombok",
    "Ambon",
    "Bali",
    "Solo",
    "Cirebon",
    "Madura",
    "Banyuwangi",
    "Wonosobo",
    "Garut",
    "Tasikmalaya",
    "Sumba",
    "Banda",
    "Lampung",
    "Kerinci",
    "Malang",
    "Jepara",
    "Palembang",
    "Makassar",
    "Sidikalang",
];

/// How things are: Indonesian, English.
pub const MANNERS: [(&str, &str); 16] = [
    ("Premium", "Premium"),
    ("Organik", "Organic"),
    ("Harian", "Everyday"),
    ("Hemat", "Value"),
    ("Klasik", "Classic"),
    ("Pilihan", "Select"),
    ("Buatan Tangan", "Handmade"),
    ("Segar", "Fresh"),
    ("Istimewa", "Special"),
    ("Asli", "Original"),
    ("Tradisional", "Traditional"),
    ("Kampung", "Village"),
    ("Juara", "Champion"),
    ("Musiman", "Seasonal"),
    ("Rumahan", "Home-style"),
    ("Warisan", "Heritage"),
];

/// Packs: name, grams, price in percent of the smallest.
pub const PACKS: [(&str, u32, i64); 3] = [("200 g", 200, 100), ("500 g", 500, 230), ("1 kg", 1000, 430)];
/// Sizes and their price in percent.
pub const SIZES: [(&str, i64); 4] = [("S", 100), ("M", 100), ("L", 100), ("XL", 110)];
/// Colours: Indonesian, English.
pub const COLOURS: [(&str, &str); 6] = [
    ("Hitam", "Black"),
    ("Merah", "Red"),
    ("Biru", "Blue"),
    ("Cokelat", "Brown"),
    ("Hijau", "Green"),
    ("Krem", "Cream"),
];
/// Options: Indonesian, English.
pub const PACK: (&str, &str) = ("Kemasan", "Pack");
pub const SIZE: (&str, &str) = ("Ukuran", "Size");
pub const COLOUR: (&str, &str) = ("Warna", "Colour");

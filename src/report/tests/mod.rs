mod comparisons;
mod floor;
mod known_truth;
mod made_up;
mod vocabulary;

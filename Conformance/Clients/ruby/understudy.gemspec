Gem::Specification.new do |gem|
  gem.name = "understudy"
  gem.version = "1.0.0"
  gem.summary = "Starts the understudy server for tests, and tells what the code under test did wrong with it"
  gem.authors = ["The authors of Understudy"]
  gem.files = ["lib/understudy.rb", "README.md"]
  gem.required_ruby_version = ">= 3.0"
end

module example.com/lang

go 1.25

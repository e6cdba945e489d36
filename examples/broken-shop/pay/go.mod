module corp.example.com/pay.git

go 1.21
